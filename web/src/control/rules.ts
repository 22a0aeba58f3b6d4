// What follows from a rescue or a truck: how urgent it is, where it stands in a list. Pure, and tested as such.
import type { Decision, Eta, Job, JobStatus, LonLat, Rescue, Truck, TruckStatus } from "../api";

const ENDED: ReadonlySet<JobStatus> = new Set(["delivered", "closed", "cancelled", "gone_on_arrival", "unserved"]);
const WAITING: ReadonlySet<JobStatus> = new Set(["reported", "planned"]);
const COMING: ReadonlySet<JobStatus> = new Set(["offered", "accepted", "en_route"]);
const ATTENDED: ReadonlySet<JobStatus> = new Set(["on_scene", "towing", "destination_refused", "delivered", "closed"]);

export type Phase = "waiting" | "coming" | "attended" | "ended";

export const TRUCK_ORDER: readonly TruckStatus[] = [
  "offered", "en_route", "on_scene", "loaded", "at_shop", "repositioning", "standby", "out_of_service", "off_duty",
];
export const FREE: ReadonlySet<TruckStatus> = new Set(["standby", "repositioning"]);
export const AWAY: ReadonlySet<TruckStatus> = new Set(["off_duty", "out_of_service"]);

export function isOpen(rescue: Rescue): boolean {
  return rescue.ended_at === null && rescue.merged_into === null && !ENDED.has(rescue.status);
}

export function phase(rescue: Rescue): Phase {
  if (!isOpen(rescue)) return "ended";
  if (WAITING.has(rescue.status)) return "waiting";
  return COMING.has(rescue.status) ? "coming" : "attended";
}

/** Whether a truck has reached the scene: the promise is about the first arrival. */
export function isReached(rescue: Rescue): boolean {
  return rescue.jobs.some((job) => ATTENDED.has(job.status));
}

export function isLate(rescue: Rescue, nowMs: number): boolean {
  return isOpen(rescue) && !rescue.held && !isReached(rescue) && Date.parse(rescue.promise_at) < nowMs;
}

/** The newest word on each job; that a job was left open says nothing new of it. */
export class LastWords {
  private readonly words = new Map<string, Decision>();

  take(decisions: Iterable<Decision>): void {
    for (const decision of decisions) {
      if (!decision.job || decision.kind === "left_open") continue;
      const known = this.words.get(decision.job);
      if (!known || known.seq < decision.seq) this.words.set(decision.job, decision);
    }
  }

  forget(rescue: Rescue): void {
    for (const job of rescue.jobs) this.words.delete(job.id);
  }

  on(job: string): Decision | undefined {
    return this.words.get(job);
  }
}

/** Open rescues for one of whose jobs every capable truck has refused. */
export function refusedByAll(rescues: Iterable<Rescue>, words: LastWords): Set<string> {
  const found = new Set<string>();
  for (const rescue of rescues) {
    if (!isOpen(rescue)) continue;
    const bare = rescue.jobs.filter((job) => WAITING.has(job.status) && job.assignment === null);
    if (bare.some((job) => words.on(job.id)?.kind === "alarmed")) found.add(rescue.id);
  }
  return found;
}

const RANK: Record<Phase, number> = { waiting: 0, coming: 1, attended: 2, ended: 3 };

/** Alarms first, then who waits, who is being driven to, who is served; within each the earliest promise. */
export function inOrder(rescues: readonly Rescue[], nowMs: number, refused: ReadonlySet<string>): Rescue[] {
  const key = (rescue: Rescue): [number, number] => {
    const alarm = refused.has(rescue.id) ? -2 : isLate(rescue, nowMs) ? -1 : RANK[phase(rescue)];
    return [alarm, Date.parse(rescue.promise_at)];
  };
  return rescues
    .map((rescue) => ({ rescue, key: key(rescue) }))
    .sort((a, b) => a.key[0] - b.key[0] || a.key[1] - b.key[1] || a.rescue.id.localeCompare(b.rescue.id))
    .map(({ rescue }) => rescue);
}

/** The job that the rescue's status speaks of: the least advanced one that is not cancelled. */
export function leadingJob(rescue: Rescue): Job | undefined {
  return rescue.jobs.find((job) => job.status === rescue.status) ?? rescue.jobs[0];
}

/** The next arrival that somebody waits for: at the scene, else at the shop. */
export function nextEta(job: Job | undefined): { eta: Eta; delivery: boolean } | null {
  if (job?.eta) return { eta: job.eta, delivery: false };
  if (job?.delivery_eta && job.status !== "reported" && job.status !== "planned") {
    return { eta: job.delivery_eta, delivery: true };
  }
  return null;
}

export function byStatus(trucks: Iterable<Truck>): [TruckStatus, Truck[]][] {
  const groups = new Map<TruckStatus, Truck[]>(TRUCK_ORDER.map((status) => [status, []]));
  for (const truck of trucks) (groups.get(truck.status) ?? groups.get("off_duty"))?.push(truck);
  for (const group of groups.values()) group.sort((a, b) => a.id.localeCompare(b.id, undefined, { numeric: true }));
  return [...groups].filter(([, group]) => group.length > 0);
}

/** Whether it can still be said who serves a job: until a truck has reached it. */
export function assignable(job: Job): boolean {
  return WAITING.has(job.status) || COMING.has(job.status);
}

/** Where a rescue is to be found now: with the vehicle, where its truck broke down with it. */
export function placeOf(rescue: Rescue): LonLat {
  return rescue.jobs.find((job) => job.moved_to)?.moved_to ?? rescue.location;
}

/** The trucks that could do a job, nearest first as the crow flies; without a known place last. */
export function byDistance(trucks: Iterable<Truck>, job: Job, place: LonLat): { truck: Truck; km: number | null }[] {
  const able = [...trucks].filter((truck) => !AWAY.has(truck.status) && job.needs.every((need) => truck.can.includes(need)));
  return able
    .map((truck) => ({ truck, km: truck.position ? kmBetween(truck.position, place) : null }))
    .sort((a, b) => (a.km ?? Infinity) - (b.km ?? Infinity) || a.truck.id.localeCompare(b.truck.id));
}

const KM_A_DEGREE = 111.2;

function kmBetween(a: LonLat, b: LonLat): number {
  const east = (a.lon - b.lon) * Math.cos((a.lat * Math.PI) / 180);
  return KM_A_DEGREE * Math.hypot(east, a.lat - b.lat);
}
