import { describe, expect, it } from "vitest";
import { ServiceClock } from "../src/kit/clock";

function clockAt(wall: { ms: number }): ServiceClock {
  return new ServiceClock(() => wall.ms);
}

describe("the service clock", () => {
  it("runs faster than the wall by its speed", () => {
    const wall = { ms: 1_000 };
    const clock = clockAt(wall);
    clock.anchor("2026-03-02T08:00:00.000Z", 60);
    wall.ms += 1_500;
    expect(new Date(clock.nowMs()).toISOString()).toBe("2026-03-02T08:01:30.000Z");
    expect(clock.until_s("2026-03-02T08:02:00.000Z")).toBe(30);
  });

  it("is never behind an instant that the service has stated, and never goes back", () => {
    const wall = { ms: 0 };
    const clock = clockAt(wall);
    clock.anchor("2026-03-02T08:00:00.000Z", 1);
    clock.hear("2026-03-02T08:00:05.000Z");
    expect(clock.since_s("2026-03-02T08:00:00.000Z")).toBe(5);
    clock.hear("2026-03-02T07:59:00.000Z");
    expect(clock.since_s("2026-03-02T08:00:00.000Z")).toBe(5);
  });

  it("knows no negative age", () => {
    const clock = clockAt({ ms: 0 });
    clock.anchor("2026-03-02T08:00:00.000Z", 1);
    expect(clock.since_s("2026-03-02T09:00:00.000Z")).toBe(0);
  });
});
