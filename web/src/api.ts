// The HTTP contract of the service (docs/http.md) as types, and the few calls that the pages make.

export type LonLat = { lon: number; lat: number };
export type Words = { zh: string; en: string };

export type TruckStatus =
  | "off_duty" | "standby" | "repositioning" | "offered" | "en_route" | "on_scene" | "loaded" | "at_shop"
  | "out_of_service";
export type JobStatus =
  | "reported" | "planned" | "offered" | "accepted" | "en_route" | "on_scene" | "towing" | "delivered" | "closed"
  | "cancelled" | "gone_on_arrival" | "destination_refused" | "unserved";

export type Position = LonLat & {
  heading_deg: number | null;
  speed_kmh: number | null;
  accuracy_m: number | null;
  at: string;
  age_s: number;
  stale: boolean;
  source: string;
};

export type Truck = {
  id: string;
  version: number;
  plate: string | null;
  company: string | null;
  driver: string | null;
  can: string[];
  status: TruckStatus;
  since_at: string;
  job: string | null;
  rescue: string | null;
  shift_end_at: string | null;
  position: Position | null;
};

export type Eta = { p50_at: string; p90_at: string; calibrated: boolean };
export type JobShop = LonLat & { id: string; name: string; proposed: boolean };

export type Job = {
  id: string;
  status: JobStatus;
  since_at: string;
  needs: string[];
  vehicle: { class: string | null; damage: string | null } | null;
  assignment: {
    truck: string;
    plate: string | null;
    company: string | null;
    driver: string | null;
    offer: string | null;
    expires_at: string | null;
  } | null;
  shop: JobShop | null;
  eta: Eta | null;
  delivery_eta: Eta | null;
  switches: number;
  /** The truck that a dispatcher has assigned by hand. */
  pinned_to: string | null;
  /** Where the vehicle stands that its truck broke down with. */
  moved_to: LonLat | null;
};

export type Rescue = {
  id: string;
  version: number;
  case_ref: string;
  status: JobStatus;
  held: boolean;
  linked: string[];
  merged_into: string | null;
  reported_at: string;
  promise_at: string;
  ended_at: string | null;
  location: LonLat;
  severity: string | null;
  lanes_blocked: number;
  person_waiting: boolean;
  queue_place: number | null;
  tracking_url: string | null;
  shop_id: string | null;
  jobs: Job[];
};

export type Shop = LonLat & {
  id: string;
  version: number;
  name: string;
  can: string[];
  places: number | null;
  free_places: number | null;
  unload_s: number;
  yard: boolean;
  closed: boolean;
  eta_s?: number | null;
};

export type Closure = {
  id: string;
  geometry: GeoJSON.Geometry;
  from_at: string | null;
  until_at: string | null;
  reason: string | null;
  active: boolean;
  links: number;
};

export type DecisionKind = "offered" | "recalled" | "planned" | "left_open" | "shop_changed" | "alarmed";
export type Decision = {
  seq: number;
  at: string;
  kind: DecisionKind;
  rescue: string | null;
  job: string | null;
  truck: string | null;
  shop: string | null;
  arrive_at: string | null;
  reason: string | null;
  text: Words;
};

export type Considered = { truck: string; arrive_s: number | null; cost: number | null; verdict: string };
/** `text` is the whole of it for the control room, `party` what the person at the roadside reads; of old records null. */
export type Why = {
  job: string;
  considered: Considered[];
  rest: Record<string, number>;
  text: Words | null;
  party: Words | null;
};
export type DecisionRound = {
  seq: number;
  at: string;
  plan: {
    method: string;
    cost: number;
    lower_bound: number | null;
    gap: number | null;
    work: number;
    positions_version: number | string | null;
    traffic_version: number | string | null;
  };
  decisions: Decision[];
  why: Why[];
};

export type PricedArrival = { truck: string | null; at: string | null };
type PricedChange = { before: PricedArrival; after: PricedArrival; later_min: number | null };
export type AssignmentPrice = {
  job: string;
  rescue: string;
  truck: string;
  at: string;
  possible: boolean;
  reasons: { reason: string; text: Words }[];
  cost: { with: number; without: number; difference: number } | null;
  must_serve: { unserved: number; wait_s: number } | null;
  arrival: PricedChange | null;
  others: (PricedChange & { job: string; rescue: string; case_ref: string })[];
  text: Words | null;
};

export type Happening = {
  seq?: number;
  at: string;
  kind: string;
  job?: string | null;
  truck?: string | null;
  text: Words;
};

export type Health = {
  ready: boolean;
  journal: { ok: boolean; seq: number; detail: string | null };
  positions: { ok: boolean; detail: string | null; since_at: string | null };
  engine: { ok: boolean; detail: string | null };
};

export type City = {
  name: string;
  bbox: [number, number, number, number];
  timezone: string;
  attribution: string;
  notes: string[];
  demo: boolean;
  tiles: string | null;
  clock: { now_at: string; speed: number };
};

export type Board = {
  stream_id: string;
  now_at: string;
  speed: number;
  health: Health;
  trucks: Truck[];
  rescues: Rescue[];
  shops: Shop[];
  closures: Closure[];
  decisions: Decision[];
};

/** [truck, lon, lat, heading_deg, at_ms on the service clock, stale] */
export type PositionRow = [string, number, number, number | null, number, boolean];
export type Positions = { at: string; items: PositionRow[] };
export type GoneClosure = { id: string; gone: true };

export type TrackStep = { name: string; distance_m: number; duration_s: number };
export type TrackJob = {
  id: string;
  status: JobStatus;
  truck: { plate: string | null; company: string | null; driver: string | null } | null;
  position: Position | null;
  eta: Eta | null;
  delivery_eta: Eta | null;
  shop: (LonLat & { name: string; proposed: boolean }) | null;
  route: GeoJSON.LineString | null;
  tow_route: GeoJSON.LineString | null;
  steps: TrackStep[];
  why: { at: string; text: Words } | null;
};
export type Track = {
  rescue: { id: string; status: JobStatus; reported_at: string; promise_at: string; location: LonLat };
  jobs: TrackJob[];
  timeline: Happening[];
  positions_ok: boolean;
  now_at: string;
  speed: number;
  expires_at: string | null;
  stream_id: string;
};
export type TrackPosition = { job: string; position: Position | null; eta: Eta | null; delivery_eta: Eta | null };

export type LegProperties = {
  job: string;
  truck: string;
  leg: "to_scene" | "tow";
  kind: "driven" | "ahead";
  duration_s: number;
  distance_m: number;
};
export type Legs = GeoJSON.FeatureCollection<GeoJSON.LineString, LegProperties>;

/** What the service answered instead: `detail` says what to do. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
  ) {
    super(detail);
  }
}

const PATIENCE_MS = 15_000;

async function ask<T>(path: string, body?: unknown): Promise<T> {
  const answer = await fetch(path, {
    ...(body === undefined
      ? {}
      : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!answer.ok) {
    const problem: { detail?: string; title?: string } = await answer.json().catch(() => ({}));
    throw new Problem(answer.status, problem.detail ?? problem.title ?? `HTTP ${answer.status}`);
  }
  return (await answer.json()) as T;
}

async function list<T>(path: string): Promise<T[]> {
  return (await ask<{ items: T[] }>(path)).items;
}

const id = encodeURIComponent;

export const api = {
  city: () => ask<City>("/v1/city"),
  board: () => ask<Board>("/v1/board"),
  stream: (after: string) => `/v1/stream?after=${id(after)}`,
  timeline: (rescue: string) => list<Happening>(`/v1/rescues/${id(rescue)}/timeline`),
  decisions: (rescue: string) => list<DecisionRound>(`/v1/rescues/${id(rescue)}/decisions`),
  legs: (rescue: string) => ask<Legs>(`/v1/rescues/${id(rescue)}/track`),
  release: (rescue: string, by: string) => ask<Rescue>(`/v1/rescues/${id(rescue)}/release`, { by }),
  merge: (rescue: string, into: string, by: string) => ask<Rescue>(`/v1/rescues/${id(rescue)}/merge`, { into, by }),
  cancel: (rescue: string, by: string, reason: string) =>
    ask<Rescue>(`/v1/rescues/${id(rescue)}/cancel`, { by, reason }),
  revokeLink: (rescue: string, by: string) => ask<Rescue>(`/v1/rescues/${id(rescue)}/link/revoke`, { by }),
  issueLink: (rescue: string, by: string) => ask<Rescue>(`/v1/rescues/${id(rescue)}/link`, { by }),
  assignmentPrice: (job: string, truck: string) =>
    ask<AssignmentPrice>(`/v1/jobs/${id(job)}/assignment-price?truck=${id(truck)}`),
  pin: (job: string, truck: string, by: string) => ask<Rescue>(`/v1/jobs/${id(job)}/pin`, { truck, by }),
  unpin: (job: string, by: string) => ask<Rescue>(`/v1/jobs/${id(job)}/unpin`, { by }),
  outOfService: (truck: string, reason: string) =>
    ask<Truck>(`/v1/trucks/${id(truck)}/status`, { status: "out_of_service", reason }),
  turnedAway: (truck: string, shop_id: string, reason: string) =>
    ask<Truck>(`/v1/trucks/${id(truck)}/turned-away`, { shop_id, reason }),
  openShop: (shop: string, by: string) => ask<Shop>(`/v1/shops/${id(shop)}/open`, { by }),
  track: (token: string) => ask<Track>(`/v1/track/${id(token)}`),
  trackStream: (token: string, after: string) => `/v1/track/${id(token)}/stream?after=${id(after)}`,
};
