// The control room as a whole: what is selected, what alarms, what is said aloud.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { listenToKeys } from "./keys";
import { prefs } from "../kit/prefs";
import type { CityMap } from "../map/city_map";
import { t } from "../texts";
import { ClosedShops } from "./closed_shops";
import { RoomContext, type Room } from "./context";
import { Decisions } from "./decisions";
import { RescueDetail } from "./detail";
import { Fleet } from "./fleet";
import { Help } from "./help";
import { MapPanel } from "./map_panel";
import type { MapMarks } from "./map_marks";
import { Rescues } from "./rescues";
import { inOrder, isLate, placeOf, refusedByAll } from "./rules";
import type { Selection, Store } from "./store";
import { Notes, Strips } from "./strips";
import { Topbar } from "./topbar";
import { TruckDetail } from "./truck_detail";

const TICK_MS = 250;

type Props = { store: Store; made: (map: CityMap, marks: MapMarks) => void };

export function App({ store, made }: Props) {
  useTicks(store);
  const [help, setHelp] = useState(false);
  const [word, say] = useState("");
  const map = useRef<CityMap | null>(null);
  const nowMs = store.clock.nowMs();
  const refused = refusedByAll(store.rescues.values(), store.words);
  const alarms = inOrder(store.openRescues(), nowMs, refused).filter(
    (rescue) => refused.has(rescue.id) || isLate(rescue, nowMs),
  );

  const select = (selection: NonNullable<Selection>): void => {
    store.select(selection);
    const chosen = selection.kind === "rescue" ? store.rescues.get(selection.id) : undefined;
    const place = selection.kind === "truck" ? store.trucks.get(selection.id)?.position : chosen && placeOf(chosen);
    requestAnimationFrame(() => {
      if (place) map.current?.centre(place.lon, place.lat);
      bringIntoView(selection);
    });
  };
  const room: Room = {
    store,
    nowMs,
    zone: store.city?.timezone ?? "UTC",
    refused,
    selectRescue: (id) => select({ kind: "rescue", id }),
    selectTruck: (id) => select({ kind: "truck", id }),
    say,
  };
  const nextAlarm = (): void => {
    const chosen = alarms.findIndex((rescue) => rescue.id === store.selection?.id);
    const next = alarms[(chosen + 1) % Math.max(1, alarms.length)];
    if (next) room.selectRescue(next.id);
  };
  useKeys({ help: () => setHelp(true), alarm: nextAlarm, escape: () => store.select(null) });

  const truck = store.selectedTruck();
  const rescue = store.selection?.kind === "rescue" ? store.selectedRescue() : undefined;
  return (
    <RoomContext.Provider value={room}>
      <div class={`room${truck || rescue ? " has-dock" : ""}`}>
        <Topbar help={() => setHelp(true)} nextAlarm={nextAlarm} />
        <Strips />
        <Rescues />
        <div class="middle">
          {store.city ? (
            <MapPanel
              city={store.city}
              made={(drawn, marks) => {
                map.current = drawn;
                made(drawn, marks);
              }}
            />
          ) : (
            <p class="map-panel loading">{t("connecting")}</p>
          )}
          {(truck || rescue) && (
            <section class="dock" aria-labelledby="dock-title">
              {truck ? <TruckDetail truck={truck} /> : rescue && <RescueDetail key={rescue.id} rescue={rescue} />}
            </section>
          )}
        </div>
        <div class="aside">
          <Decisions />
          <ClosedShops />
          <Fleet />
        </div>
        <Notes />
      </div>
      <Alarms lines={alarms.map((one) => t(refused.has(one.id) ? "alarm_refused" : "alarm_late", { ref: one.case_ref }))} />
      {word && (
        <p class="toast" role="status" onClick={() => say("")}>
          {word}
        </p>
      )}
      {help && <Help done={() => setHelp(false)} />}
    </RoomContext.Provider>
  );
}

/** Each alarm is read aloud once, when it begins: what stays in the region is not repeated. */
function Alarms({ lines }: { lines: string[] }) {
  return (
    <ul class="unseen" aria-live="assertive" aria-relevant="additions">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

function useTicks(store: Store): void {
  const [, redraw] = useState(0);
  useEffect(() => {
    const again = (): void => redraw((n) => n + 1);
    setInterval(again, TICK_MS);
    prefs.onChange(again);
    store.onChange((change) => {
      if (change === "selection" || change === "health" || change === "board") again();
    });
  }, []);
}

function useKeys(now: { help: () => void; alarm: () => void; escape: () => void }): void {
  const latest = useRef(now);
  latest.current = now;
  useMemo(() => {
    listenToKeys({
      help: () => latest.current.help(),
      alarm: () => latest.current.alarm(),
      escape: () => latest.current.escape(),
      language: () => prefs.setLanguage(prefs.language === "zh" ? "en" : "zh"),
      theme: () => prefs.setTheme(prefs.theme === "dark" ? "light" : "dark"),
    });
  }, []);
}

function bringIntoView(selection: NonNullable<Selection>): void {
  const name = CSS.escape(selection.id);
  const row = document.querySelector(selection.kind === "truck" ? `[data-truck-row="${name}"]` : `[data-rescue="${name}"]`);
  const list = row?.closest(".scroll");
  // Only within a list that scrolls by itself: on a phone the whole page would jump away from what was touched.
  if (row && list && list.scrollHeight > list.clientHeight + 1) row.scrollIntoView({ block: "nearest" });
}
