// The party's map: its own place, the truck on its way, the route ahead and the tow.
import { useEffect, useRef, useState } from "preact/hooks";
import { h, render } from "preact";
import type { TruckStatus, JobStatus, TrackJob } from "../api";
import { left, Motion } from "../kit/motion";
import { isStale } from "../kit/freshness";
import { prefs, stillness } from "../kit/prefs";
import { CityMap, type Bounds } from "../map/city_map";
import { PlaceShape, ShopShape, TruckShape } from "../map/shapes";
import { t } from "../texts";
import type { TrackState } from "./state";

const SHAPES: Partial<Record<JobStatus, TruckStatus>> = {
  offered: "offered",
  accepted: "en_route",
  en_route: "en_route",
  on_scene: "on_scene",
  towing: "loaded",
  delivered: "at_shop",
};

export function RouteMap({ state }: { state: TrackState }) {
  const host = useRef<HTMLDivElement>(null);
  const [marks, setMarks] = useState<TrackMarks | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!host.current) return;
    const map = new CityMap(host.current, boundsOf(state), state.tiles, () => setFailed(true));
    const made = new TrackMarks(map, state);
    prefs.onChange(() => made.draw());
    setMarks(made);
  }, []);
  useEffect(() => marks?.draw(), [marks, state.track]);
  return (
    <section class="map-panel" aria-label={t("map")}>
      <div class="map labels" ref={host} />
      {failed && <p class="map-note">{t("no_map")}</p>}
      <div class="map-buttons">
        <button type="button" aria-label={t("zoom_in")} onClick={() => marks?.map.zoom(1)}>
          +
        </button>
        <button type="button" aria-label={t("zoom_out")} onClick={() => marks?.map.zoom(-1)}>
          −
        </button>
        <button type="button" aria-label={t("your_place")} title={t("your_place")} onClick={() => marks?.fit()}>
          ⤢
        </button>
      </div>
      <p class="map-credit">© OpenStreetMap contributors</p>
    </section>
  );
}

export class TrackMarks {
  readonly motion = new Motion();
  private frame = 0;
  private looks = new Map<string, string>();
  private framed = "";

  constructor(
    readonly map: CityMap,
    private readonly state: TrackState,
  ) {
    Object.assign(window, {
      towline: {
        get connection() {
          return state.connection;
        },
        get streamId() {
          return state.stream.lastId;
        },
        get mapReady() {
          return map.ready;
        },
        nowMs: () => state.clock.nowMs(),
        truck: (id: string) => {
          const place = this.motion.at(id, performance.now());
          return place && { ...place, ...map.screen(place.lon, place.lat) };
        },
        trucks: () => state.jobs.filter((job) => job.position).map((job) => job.id),
      },
    });
  }

  draw(): void {
    const { track } = this.state;
    if (!track) return;
    const { lon, lat } = track.rescue.location;
    this.mark("place", `place ${prefs.language}`, lon, lat, () => [
      h(PlaceShape, { size: 30 }),
      h("span", { class: "mark-label" }, t("your_place")),
    ]);
    for (const job of track.jobs) this.drawJob(job);
    this.drawLines(track.jobs);
    const status = track.jobs.map((job) => `${job.status}${job.position !== null}`).join();
    if (status !== this.framed && !this.map.touched) this.fit();
    this.framed = status;
    if (!this.frame) this.frame = requestAnimationFrame(() => this.glide());
  }

  fit(): void {
    this.map.fit(boundsOf(this.state), 64, 16);
  }

  private drawJob(job: TrackJob): void {
    if (job.shop) {
      const { name } = job.shop;
      this.mark(`shop/${job.id}`, name, job.shop.lon, job.shop.lat, () => [
        h(ShopShape, { size: 20 }),
        h("span", { class: "mark-label" }, name),
      ]);
    }
    const shape = SHAPES[job.status];
    if (!job.position || !shape) {
      this.map.remove(`truck/${job.id}`);
      this.looks.delete(`truck/${job.id}`);
      this.motion.forget(job.id);
      return;
    }
    this.motion.route(job.id, present(job)?.coordinates ?? null);
    const { lon, lat, heading_deg } = job.position;
    this.motion.hear(job.id, lon, lat, heading_deg, performance.now(), stillness());
    const stale = isStale(job.position, true, this.state.clock);
    this.mark(`truck/${job.id}`, `${shape} ${stale} ${job.truck?.plate}`, lon, lat, () => [
      h(TruckShape, { status: shape, size: 30 }),
      h("span", { class: "mark-label" }, job.truck?.plate ?? t("truck")),
    ], stale);
  }

  private drawLines(jobs: readonly TrackJob[]): void {
    const features: GeoJSON.Feature[] = [];
    const add = (leg: string, line: GeoJSON.LineString | null, from: TrackJob["position"]): void => {
      if (!line) return;
      const coordinates = from ? left(line.coordinates, from.lon, from.lat).map((pair) => [...pair]) : line.coordinates;
      const properties = { leg, kind: "ahead", chosen: true };
      features.push({ type: "Feature", geometry: { type: "LineString", coordinates }, properties });
    };
    for (const job of jobs) {
      const towing = job.status === "towing";
      if (towing) add("tow", present(job), job.position);
      else {
        add("tow", job.tow_route, null);
        add("to_scene", job.route, job.position);
      }
    }
    this.map.setLines("legs", { type: "FeatureCollection", features });
  }

  private glide(): void {
    const now = performance.now();
    for (const job of this.state.jobs) {
      const place = this.motion.at(job.id, now);
      if (!place) continue;
      this.map.move(`truck/${job.id}`, place.lon, place.lat);
      const shape = this.map.marks.get(`truck/${job.id}`)?.element.querySelector<SVGElement>("svg");
      const turned = job.status === "accepted" || job.status === "en_route" || job.status === "towing";
      if (shape && turned && place.heading !== null) shape.style.transform = `rotate(${Math.round(place.heading)}deg)`;
    }
    this.frame = this.motion.moving(now) ? requestAnimationFrame(() => this.glide()) : 0;
  }

  private mark(id: string, look: string, lon: number, lat: number, make: () => unknown[], stale = false): void {
    if (this.looks.get(id) === look) {
      if (!id.startsWith("truck/")) this.map.move(id, lon, lat);
      return;
    }
    this.looks.set(id, look);
    const element = document.createElement("div");
    element.className = `mark mark-${id.split("/")[0]}`;
    element.dataset["stale"] = String(stale);
    render(make() as never, element);
    const place = id.startsWith("truck/") ? this.motion.at(id.slice(6), performance.now()) : null;
    this.map.put(id, { element, lon: place?.lon ?? lon, lat: place?.lat ?? lat });
  }
}

/** The way that is driven now, or next: to the scene, and from there on the tow. */
function present(job: TrackJob): GeoJSON.LineString | null {
  const loaded = job.status === "towing" || job.status === "on_scene";
  return loaded ? (job.tow_route ?? job.route) : job.route;
}

/** Everything that matters now: the own place, the truck and its way, and once it tows, the shop. */
function boundsOf(state: TrackState): Bounds {
  const points: number[][] = [];
  const { track } = state;
  if (track) points.push([track.rescue.location.lon, track.rescue.location.lat]);
  for (const job of state.jobs) {
    if (job.position) points.push([job.position.lon, job.position.lat]);
    points.push(...(present(job)?.coordinates ?? []));
  }
  const lons = points.map((point) => point[0] ?? 0);
  const lats = points.map((point) => point[1] ?? 0);
  const margin = points.length > 1 ? 0 : 0.01;
  return [Math.min(...lons) - margin, Math.min(...lats) - margin, Math.max(...lons) + margin, Math.max(...lats) + margin];
}
