import { beforeEach, describe, expect, it } from "vitest";
import { age, countdown, day, distance, interval, minutesLeft, timeOfDay } from "../src/kit/format";
import { setLanguage } from "../src/texts";

beforeEach(() => setLanguage("en"));

describe("spans", () => {
  it("counts down to the second, and says what has passed", () => {
    expect([245, 59.2, 0, -30, 3723].map(countdown)).toEqual(["4:05", "1:00", "0:00", "−0:30", "1:02:03"]);
  });

  it("rounds minutes up while they last", () => {
    expect([0, 1, 60, 61, -5].map(minutesLeft)).toEqual([0, 1, 1, 2, 0]);
  });

  it("never puts the far end of an interval before the near one", () => {
    expect(interval(480, 700)).toEqual([8, 12]);
    expect(interval(480, 100)).toEqual([8, 8]);
  });

  it("says an age shortly, in the page's language", () => {
    expect([12.9, 89, 90, 5400].map(age)).toEqual(["12 s", "89 s", "2 min", "2 h"]);
    setLanguage("zh");
    expect(age(12)).toBe("12 秒");
  });
});

it("rounds distances as a driver would", () => {
  expect([43, 949, 950, 12_345].map(distance)).toEqual(["40 m", "950 m", "0.9 km", "12 km"]);
});

it("shows times in the city's own zone, whatever the browser's", () => {
  expect(timeOfDay("2026-03-02T17:42:10Z", "America/Santiago")).toBe("14:42");
  expect(timeOfDay("2026-03-02T16:05:00Z", "Asia/Shanghai")).toBe("00:05");
  expect(day("2026-03-02T16:05:00Z", "Asia/Shanghai")).toContain("3");
});
