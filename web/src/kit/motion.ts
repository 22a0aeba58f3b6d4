// Trucks between two fixes: each glides from where it is drawn to where it was last heard of, along its route if known.

export type Place = { lon: number; lat: number; heading: number | null };
type Pair = readonly [number, number];

const ON_ROUTE_M = 120;
const SHORTEST_MS = 200;
const LONGEST_MS = 4_000;
const METRES_PER_DEGREE = 111_195;

type Glide = {
  line: Pair[];
  runs: number[];
  startMs: number;
  durationMs: number;
  heading: number | null;
  heardMs: number;
  usualMs: number;
};

export class Motion {
  private readonly glides = new Map<string, Glide>();
  private readonly routes = new Map<string, Pair[]>();

  /** The way that a truck is known to drive; null forgets it. */
  route(id: string, line: readonly (readonly number[])[] | null): void {
    if (line && line.length > 1) this.routes.set(id, line.map((p) => [p[0] ?? 0, p[1] ?? 0] as const));
    else this.routes.delete(id);
  }

  forget(id: string): void {
    this.glides.delete(id);
    this.routes.delete(id);
  }

  /** A fix was heard at `nowMs` (the wall's milliseconds); `still` puts the truck there at once. */
  hear(id: string, lon: number, lat: number, heading: number | null, nowMs: number, still: boolean): void {
    const before = this.glides.get(id);
    if (!before || still) {
      this.glides.set(id, standing(lon, lat, heading, nowMs));
      return;
    }
    const end = before.line[before.line.length - 1];
    if (end && end[0] === lon && end[1] === lat) {
      before.heading = heading ?? before.heading;
      return;
    }
    const here = this.at(id, nowMs);
    const from: Pair = here ? [here.lon, here.lat] : [lon, lat];
    const line = along(this.routes.get(id), from, [lon, lat]);
    const gap = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, nowMs - before.heardMs));
    const usualMs = before.usualMs === 0 ? gap : before.usualMs * 0.6 + gap * 0.4;
    this.glides.set(id, {
      line,
      runs: runs(line),
      startMs: nowMs,
      // A little longer than the usual gap: the next fix then arrives while the truck still moves.
      durationMs: usualMs * 1.15,
      heading,
      heardMs: nowMs,
      usualMs,
    });
  }

  at(id: string, nowMs: number): Place | null {
    const glide = this.glides.get(id);
    if (!glide) return null;
    const share = glide.durationMs === 0 ? 1 : Math.min(1, (nowMs - glide.startMs) / glide.durationMs);
    return share >= 1 ? arrived(glide) : between(glide, share);
  }

  moving(nowMs: number): boolean {
    for (const glide of this.glides.values()) if (nowMs < glide.startMs + glide.durationMs) return true;
    return false;
  }
}

function standing(lon: number, lat: number, heading: number | null, nowMs: number): Glide {
  return { line: [[lon, lat]], runs: [0], startMs: nowMs, durationMs: 0, heading, heardMs: nowMs, usualMs: 0 };
}

function arrived(glide: Glide): Place {
  const [lon, lat] = glide.line[glide.line.length - 1] ?? [0, 0];
  return { lon, lat, heading: glide.heading };
}

function between(glide: Glide, share: number): Place {
  const { line, runs: run } = glide;
  const target = (run[run.length - 1] ?? 0) * share;
  let k = 1;
  while (k < run.length - 1 && (run[k] ?? 0) < target) k += 1;
  const a = line[k - 1];
  const b = line[k];
  if (!a || !b) return arrived(glide);
  const length = (run[k] ?? 0) - (run[k - 1] ?? 0);
  const part = length > 0 ? (target - (run[k - 1] ?? 0)) / length : 1;
  const heading = length > 3 ? bearing(a, b) : glide.heading;
  return { lon: a[0] + (b[0] - a[0]) * part, lat: a[1] + (b[1] - a[1]) * part, heading };
}

function runs(line: readonly Pair[]): number[] {
  const sums = [0];
  for (let k = 1; k < line.length; k += 1) sums.push((sums[k - 1] ?? 0) + metres(line[k - 1]!, line[k]!));
  return sums;
}

function offset(a: Pair, b: Pair): [number, number] {
  return [(b[0] - a[0]) * METRES_PER_DEGREE * Math.cos((a[1] * Math.PI) / 180), (b[1] - a[1]) * METRES_PER_DEGREE];
}

function metres(a: Pair, b: Pair): number {
  return Math.hypot(...offset(a, b));
}

function bearing(a: Pair, b: Pair): number {
  const [east, north] = offset(a, b);
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

type Foot = { segment: number; part: number; point: Pair; off_m: number };

function foot(route: readonly Pair[], place: Pair, from: number): Foot | null {
  let best: Foot | null = null;
  for (let k = from; k < route.length - 1; k += 1) {
    const a = route[k]!;
    const b = route[k + 1]!;
    const [bx, by] = offset(a, b);
    const [px, py] = offset(a, place);
    const square = bx * bx + by * by;
    const part = square === 0 ? 0 : Math.min(1, Math.max(0, (px * bx + py * by) / square));
    const point: Pair = [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];
    const off_m = metres(point, place);
    if (!best || off_m < best.off_m - 0.5) best = { segment: k, part, point, off_m };
  }
  return best && best.off_m <= ON_ROUTE_M ? best : null;
}

/** What is left of a route from a place on it; the whole of it where the place is elsewhere. */
export function left(route: readonly (readonly number[])[], lon: number, lat: number): Pair[] {
  const pairs = route.map((p): Pair => [p[0] ?? 0, p[1] ?? 0]);
  const start = foot(pairs, [lon, lat], 0);
  return start ? [start.point, ...pairs.slice(start.segment + 1)] : pairs;
}

/** From one place to another along the route, where both lie on it in this order; else straight. */
export function along(route: readonly Pair[] | undefined, from: Pair, to: Pair): Pair[] {
  if (!route) return [from, to];
  const start = foot(route, from, 0);
  const end = start && foot(route, to, start.segment);
  if (!start || !end || (end.segment === start.segment && end.part < start.part)) return [from, to];
  return [from, ...route.slice(start.segment + 1, end.segment + 1), to];
}
