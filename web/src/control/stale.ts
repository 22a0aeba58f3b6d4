// The same for a truck: it has to report while it is on a job.
import type { Truck } from "../api";
import type { ServiceClock } from "../kit/clock";
import * as freshness from "../kit/freshness";

const ON_JOB: ReadonlySet<string> = new Set(["offered", "en_route", "on_scene", "loaded", "at_shop"]);

export function ageOf(truck: Truck, clock: ServiceClock): number {
  return freshness.ageOf(truck.position, clock);
}

export function isStale(truck: Truck, clock: ServiceClock): boolean {
  return freshness.isStale(truck.position, ON_JOB.has(truck.status), clock);
}
