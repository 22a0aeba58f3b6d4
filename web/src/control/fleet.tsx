// The fleet by status: who is free, who is at work, and whose position is old.
import { useState } from "preact/hooks";
import type { Truck, TruckStatus } from "../api";
import { age } from "../kit/format";
import { TruckShape } from "../map/shapes";
import { t, word } from "../texts";
import { useRoom } from "./context";
import { AWAY, byStatus } from "./rules";
import { ageOf, isStale } from "./stale";

export function Fleet() {
  const { store } = useRoom();
  const [folded, setFolded] = useState<ReadonlySet<TruckStatus>>(AWAY);
  const groups = byStatus(store.trucks.values());
  const stale = [...store.trucks.values()].filter((truck) => isStale(truck, store.clock)).length;
  const chosen = store.selectedTruck()?.status;
  const toggle = (status: TruckStatus): void => {
    const next = new Set(folded);
    if (!next.delete(status)) next.add(status);
    setFolded(next);
  };
  return (
    <section class="panel fleet" aria-labelledby="fleet-title">
      <h2 id="fleet-title" tabIndex={-1}>
        {t("fleet")} <span class="count">{store.trucks.size}</span>
        {stale > 0 && <span class="chip bad">{t("stale_n", { n: stale })}</span>}
      </h2>
      <div class="scroll" data-list="fleet">
        {groups.length === 0 && <p class="empty">{t("no_trucks")}</p>}
        {groups.map(([status, trucks]) => {
          const open = !folded.has(status) || chosen === status;
          return (
            <div class="group" key={status} data-group={status}>
              <button type="button" class="group-head" data-row aria-expanded={open} onClick={() => toggle(status)}>
                <TruckShape status={status} size={16} />
                <span class="grow">{word("truck", status)}</span>
                <span class="count">{trucks.length}</span>
              </button>
              {open && (
                <ul class="rows">
                  {trucks.map((truck) => (
                    <TruckRow key={truck.id} truck={truck} />
                  ))}
                </ul>
              )}
            </div>
          );
        })}
      </div>
    </section>
  );
}

function TruckRow({ truck }: { truck: Truck }) {
  const { store, selectTruck } = useRoom();
  const selected = store.selectedTruck()?.id === truck.id;
  const served = truck.rescue ? store.rescues.get(truck.rescue) : undefined;
  const linked = served !== undefined && store.selectedRescue()?.id === served.id;
  const stale = isStale(truck, store.clock);
  return (
    <li>
      <button
        type="button"
        class={`row truck-row${selected || linked ? " selected" : ""}`}
        aria-current={selected ? "true" : undefined}
        data-truck-row={truck.id}
        data-row
        onClick={() => selectTruck(truck.id)}
      >
        <b>{truck.id}</b>
        <span class="grow muted">{served ? `→ ${served.case_ref}` : truck.company}</span>
        <span class={stale ? "age stale" : "age"}>
          {stale && <em>{t("stale_mark")} </em>}
          {truck.position ? age(ageOf(truck, store.clock)) : "—"}
        </span>
      </button>
    </li>
  );
}
