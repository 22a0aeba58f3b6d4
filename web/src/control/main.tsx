// The control room's entry: the board first, then what changes, and one handle for whoever looks from outside.
import { render } from "preact";
import { api } from "../api";
import { prefs } from "../kit/prefs";
import { Stream } from "../kit/stream";
import type { CityMap } from "../map/city_map";
import { t } from "../texts";
import "../style/base.css";
import "../style/map.css";
import "./control.css";
import { App } from "./app";
import { LegKeeper } from "./legs";
import type { MapMarks } from "./map_marks";
import { EVENTS, Store } from "./store";

prefs.begin("dark");
const store = new Store();
new LegKeeper(store);
let map: CityMap | null = null;
let motion: MapMarks["motion"] | null = null;

const stream = new Stream({
  load: () => store.load(),
  url: api.stream,
  kinds: EVENTS,
  hear: (kind, data) => store.hear(kind, data),
  state: (connection) => store.connected(connection),
});

const HIDDEN_MS = 60_000;
let hiddenAt = 0;
document.addEventListener("visibilitychange", () => {
  // A laptop that slept has lost its clock and its stream: begin anew rather than show an old world.
  if (document.visibilityState === "hidden") hiddenAt = Date.now();
  else if (hiddenAt && Date.now() - hiddenAt > HIDDEN_MS) void stream.start();
});

const title = (): void => {
  document.title = `${t("control_title")} · Towline`;
};
prefs.onChange(title);
title();
render(
  <App
    store={store}
    made={(made, marks) => {
      map = made;
      motion = marks.motion;
    }}
  />,
  document.getElementById("page") as HTMLElement,
);
void stream.start();

Object.assign(window, {
  towline: {
    get connection() {
      return store.connection;
    },
    get streamId() {
      return stream.lastId;
    },
    get boards() {
      return store.boards;
    },
    get mapReady() {
      return map?.ready ?? false;
    },
    nowMs: () => store.clock.nowMs(),
    truck: (id: string) => {
      const place = motion?.at(id, performance.now());
      return place && { ...place, ...map?.screen(place.lon, place.lat), status: store.trucks.get(id)?.status };
    },
    trucks: () => [...store.trucks.keys()],
    drawn: (layer: string) => map?.drawnOf(layer) ?? 0,
  },
});
