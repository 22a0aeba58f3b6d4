// The entry of the party's page. The token is the last part of the address and goes nowhere but to the service.
import { render } from "preact";
import { api } from "../api";
import { prefs } from "../kit/prefs";
import { t } from "../texts";
import "../style/base.css";
import "../style/map.css";
import "./track.css";
import { Page } from "./page";
import { TrackState } from "./state";

prefs.begin(null);
const host = document.getElementById("page") as HTMLElement;
const token = decodeURIComponent(location.pathname.split("/").filter(Boolean).at(-1) ?? "");
let drawn = false;
const state = new TrackState(token, () => {
  if (drawn) draw();
});

function draw(): void {
  document.title = t("track_title");
  render(<Page state={state} />, host);
}

async function begin(): Promise<void> {
  draw();
  try {
    const city = await api.city();
    Object.assign(state, { zone: city.timezone, credit: city.attribution, tiles: city.tiles, demo: city.demo });
  } catch {
    // The rescue matters more than the base map: times are then in the phone's own zone.
  }
  drawn = true;
  await state.stream.start();
}

const HIDDEN_MS = 30_000;
let hiddenAt = 0;
document.addEventListener("visibilitychange", () => {
  // A phone that was put away has missed everything meanwhile.
  if (document.visibilityState === "hidden") hiddenAt = Date.now();
  else if (hiddenAt && Date.now() - hiddenAt > HIDDEN_MS && !state.invalid) void state.stream.start();
});

prefs.onChange(draw);
void begin();
