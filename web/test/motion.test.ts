import { expect, it } from "vitest";
import { along, left, Motion } from "../src/kit/motion";

it("glides from fix to fix and arrives", () => {
  const motion = new Motion();
  motion.hear("T1", 0, 0, 90, 0, false);
  motion.hear("T1", 0.01, 0, 90, 1_000, false);
  const half = motion.at("T1", 1_000 + 575)!;
  expect(half.lon).toBeCloseTo(0.005, 5);
  expect(half.heading).toBeCloseTo(90, 5);
  expect(motion.moving(2_000)).toBe(true);
  expect(motion.at("T1", 9_000)).toEqual({ lon: 0.01, lat: 0, heading: 90 });
  expect(motion.moving(9_000)).toBe(false);
});

it("starts from where the truck is drawn, so that nothing jumps", () => {
  const motion = new Motion();
  motion.hear("T1", 0, 0, null, 0, false);
  motion.hear("T1", 0.01, 0, null, 1_000, false);
  const drawn = motion.at("T1", 1_400)!;
  motion.hear("T1", 0.02, 0, null, 1_400, false);
  expect(motion.at("T1", 1_400)!.lon).toBeCloseTo(drawn.lon, 9);
});

it("stands still at once for those who want no motion", () => {
  const motion = new Motion();
  motion.hear("T1", 0, 0, null, 0, true);
  motion.hear("T1", 0.01, 0, null, 1_000, true);
  expect(motion.at("T1", 1_000)!.lon).toBe(0.01);
});

const corner = [[0, 0], [0.01, 0], [0.01, 0.01]] as const;

it("follows the route round a corner", () => {
  expect(along(corner, [0.005, 0], [0.01, 0.005])).toEqual([[0.005, 0], [0.01, 0], [0.01, 0.005]]);
});

it("goes straight where the route is elsewhere, or lies the other way", () => {
  expect(along(corner, [0.005, 0.5], [0.01, 0.005])).toHaveLength(2);
  expect(along(corner, [0.008, 0], [0.002, 0])).toHaveLength(2);
  expect(along(undefined, [0, 0], [1, 1])).toHaveLength(2);
});

it("knows what is left of a route", () => {
  expect(left(corner, 0.005, 0)).toEqual([[0.005, 0], [0.01, 0], [0.01, 0.01]]);
  expect(left(corner, 3, 3)).toHaveLength(3);
});
