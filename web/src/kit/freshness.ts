// How old a position is. The service says when one is stale; where it falls silent the page finds out itself.
import type { Position } from "../api";
import type { ServiceClock } from "./clock";

const STALE_S = 60;

/** What may pass between the service and the page, in seconds of the wall. */
const ON_THE_WAY_S = 5;

export function ageOf(position: Position | null, clock: ServiceClock): number {
  return position ? clock.since_s(position.at) : 0;
}

/** `onJob`: only a truck that serves somebody has to report every minute. */
export function isStale(position: Position | null, onJob: boolean, clock: ServiceClock): boolean {
  if (!position) return false;
  return position.stale || (onJob && ageOf(position, clock) > STALE_S + ON_THE_WAY_S * clock.speed);
}
