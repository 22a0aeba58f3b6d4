// What is known of the selected truck.
import type { Truck } from "../api";
import { age, timeOfDay } from "../kit/format";
import { TruckShape } from "../map/shapes";
import { t, word } from "../texts";
import { useRoom } from "./context";
import { CloseButton } from "./detail";
import { ageOf, isStale } from "./stale";
import { TruckActions } from "./truck_actions";

export function TruckDetail({ truck }: { truck: Truck }) {
  const { store, zone, selectRescue } = useRoom();
  const served = truck.rescue ? store.rescues.get(truck.rescue) : undefined;
  const facts: [string, preact.ComponentChildren][] = [
    [t("company"), truck.company],
    [t("driver"), truck.driver],
    [t("plate"), truck.plate],
    [t("capability"), truck.can.map((one) => word("can", one)).join(", ")],
    [t("shift_end"), truck.shift_end_at && timeOfDay(truck.shift_end_at, zone)],
    [
      t("serving"),
      served && (
        <button type="button" class="link" onClick={() => selectRescue(served.id)}>
          {served.case_ref}
        </button>
      ),
    ],
    [t("source"), truck.position?.source],
  ];
  return (
    <>
      <header class="dock-head">
        <TruckShape status={truck.status} size={20} />
        <h2 tabIndex={-1} id="dock-title">
          {truck.id}
        </h2>
        <b>{word("truck", truck.status)}</b>
        <span class="muted">{t("since", { time: timeOfDay(truck.since_at, zone) })}</span>
        <span class="grow" />
        <PositionAge truck={truck} />
        <CloseButton />
      </header>
      <dl class="dock-facts">
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <TruckActions truck={truck} />
    </>
  );
}

function PositionAge({ truck }: { truck: Truck }) {
  const { store } = useRoom();
  if (!truck.position) return <span class="age">{t("position_none")}</span>;
  const told = age(ageOf(truck, store.clock));
  const stale = isStale(truck, store.clock);
  return <span class={stale ? "age stale" : "age"}>{t(stale ? "position_stale" : "position_age", { age: told })}</span>;
}
