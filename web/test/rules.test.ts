import { expect, it } from "vitest";
import type { Decision, Job, Rescue, Truck } from "../src/api";
import {
  assignable, byDistance, inOrder, isLate, isOpen, LastWords, phase, placeOf, refusedByAll,
} from "../src/control/rules";
import { Store } from "../src/control/store";

const AT = Date.parse("2026-03-02T08:00:00Z");
const instant = (seconds: number): string => new Date(AT + seconds * 1000).toISOString();

function job(more: Partial<Job> = {}): Job {
  return {
    id: "R1.1", status: "reported", since_at: instant(-60), needs: [], vehicle: null, assignment: null, shop: null,
    eta: null, delivery_eta: null, switches: 0, pinned_to: null, moved_to: null, ...more,
  };
}

function rescue(more: Partial<Rescue> = {}): Rescue {
  return {
    id: "R1", version: 1, case_ref: "1", status: "reported", held: false, linked: [], merged_into: null,
    reported_at: instant(-600), promise_at: instant(600), ended_at: null, location: { lon: 0, lat: 0 }, severity: null,
    lanes_blocked: 0, person_waiting: false, queue_place: null, tracking_url: null, shop_id: null, jobs: [job()], ...more,
  };
}

function decided(seq: number, kind: Decision["kind"]): Decision {
  return {
    seq, kind, at: instant(0), rescue: "R1", job: "R1.1", truck: null, shop: null, arrive_at: null, reason: null,
    text: { zh: "", en: "" },
  };
}

it("is late from the promise on, until the first truck arrives", () => {
  const one = rescue();
  expect([isLate(one, AT), isLate(one, AT + 601_000)]).toEqual([false, true]);
  const reached = rescue({ jobs: [job(), job({ id: "R1.2", status: "on_scene" })] });
  expect(isLate(reached, AT + 601_000)).toBe(false);
  expect(isLate(rescue({ held: true }), AT + 601_000)).toBe(false);
});

it("is over when it has ended, is cancelled, or was merged into another", () => {
  expect([rescue(), rescue({ ended_at: instant(0) }), rescue({ merged_into: "R2" })].map(isOpen)).toEqual([true, false, false]);
  expect(phase(rescue({ status: "destination_refused" }))).toBe("attended");
});

function refused(...decisions: Decision[]): Set<string> {
  const words = new LastWords();
  words.take(decisions);
  return refusedByAll([rescue()], words);
}

it("alarms while the newest word on a bare job is that all have refused", () => {
  expect(refused(decided(5, "alarmed")).has("R1")).toBe(true);
  expect(refused(decided(6, "left_open"), decided(5, "alarmed")).has("R1")).toBe(true);
  expect(refused(decided(7, "offered"), decided(5, "alarmed")).size).toBe(0);
});

it("puts alarms first, then by phase and promise", () => {
  const list = [
    rescue({ id: "towed", status: "towing", jobs: [job({ status: "towing" })] }),
    rescue({ id: "soon", promise_at: instant(100) }),
    rescue({ id: "later" }),
    rescue({ id: "late", promise_at: instant(-1), status: "en_route", jobs: [job({ status: "en_route" })] }),
    rescue({ id: "refused" }),
  ];
  expect(inOrder(list, AT, new Set(["refused"])).map((one) => one.id)).toEqual(["refused", "late", "soon", "later", "towed"]);
});

it("is not taken back by what a resumed stream repeats", () => {
  const store = new Store();
  store.hear("rescue", rescue({ version: 7, status: "en_route" }));
  store.hear("rescue", rescue({ version: 6, status: "offered" }));
  expect(store.rescues.get("R1")?.status).toBe("en_route");
  store.hear("decision", decided(4, "offered"));
  store.hear("decision", decided(4, "offered"));
  expect(store.decisions).toHaveLength(1);
});

function truck(id: string, lon: number | null, more: Partial<Truck> = {}): Truck {
  const position = lon === null ? null : {
    lon, lat: 0, heading_deg: null, speed_kmh: null, accuracy_m: null, at: instant(0), age_s: 0, stale: false, source: "",
  };
  return {
    id, version: 1, plate: null, company: null, driver: null, can: ["wheel_lift"], status: "standby", since_at: instant(0),
    job: null, rescue: null, shift_end_at: null, position, ...more,
  };
}

it("names for a job by hand who is at work and can do it, nearest first", () => {
  const fleet = [
    truck("unseen", null), truck("far", 0.2), truck("near", 0.1), truck("home", 0, { status: "off_duty" }),
    truck("broken", 0, { status: "out_of_service" }), truck("crane", 0, { can: ["crane"] }), truck("busy", 0.15, { status: "loaded" }),
  ];
  const found = byDistance(fleet, job({ needs: ["wheel_lift"] }), { lon: 0, lat: 0 });
  expect(found.map(({ truck: { id } }) => id)).toEqual(["near", "busy", "far", "unseen"]);
  expect(found[0]?.km).toBeCloseTo(11.12, 2);
  expect(found[3]?.km).toBeNull();
});

it("leaves a job to its truck once that has reached it", () => {
  const open = (["reported", "planned", "offered", "accepted", "en_route"] as const).map((status) => assignable(job({ status })));
  expect(open).toEqual([true, true, true, true, true]);
  const reached = (["on_scene", "towing", "destination_refused", "delivered"] as const).map((status) => assignable(job({ status })));
  expect(reached).toEqual([false, false, false, false]);
});

it("finds a vehicle where its truck broke down with it", () => {
  expect(placeOf(rescue())).toEqual({ lon: 0, lat: 0 });
  expect(placeOf(rescue({ jobs: [job(), job({ moved_to: { lon: 1, lat: 2 } })] }))).toEqual({ lon: 1, lat: 2 });
});
