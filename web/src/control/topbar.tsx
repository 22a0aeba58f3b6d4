// Who this is, what time it is there, how things stand, and the switches.
import { day, timeWithSeconds } from "../kit/format";
import { Switches } from "../kit/switches";
import { t } from "../texts";
import { useRoom } from "./context";
import { FREE, AWAY, isLate, phase } from "./rules";

export function Topbar({ help, nextAlarm }: { help: () => void; nextAlarm: () => void }) {
  const { store, nowMs, zone } = useRoom();
  const { city } = store;
  return (
    <header class="topbar">
      <h1>
        Towline <span class="muted">{t("control_title")}</span>
      </h1>
      <span class="city">{city?.name}</span>
      <time class="now">
        <b>{timeWithSeconds(nowMs, zone)}</b> <span class="muted">{day(nowMs, zone)}</span>
      </time>
      <Counters nextAlarm={nextAlarm} />
      <span class="grow" />
      <span class={`connection is-${store.connection}`} data-connection={store.connection}>
        {store.connection === "live" ? t("live") : t(store.connection === "connecting" ? "connecting" : "reconnecting")}
      </span>
      <Switches help={help} />
    </header>
  );
}

function Counters({ nextAlarm }: { nextAlarm: () => void }) {
  const { store, nowMs, refused } = useRoom();
  const open = store.openRescues().filter((rescue) => !rescue.held);
  const late = new Set([...open.filter((rescue) => isLate(rescue, nowMs)).map((rescue) => rescue.id), ...refused]).size;
  const trucks = [...store.trucks.values()];
  const free = trucks.filter((truck) => FREE.has(truck.status)).length;
  const away = trucks.filter((truck) => AWAY.has(truck.status)).length;
  const waiting = open.filter((rescue) => phase(rescue) === "waiting").length;
  return (
    <ul class="counters">
      <Counter n={open.length} name={t("count_open")} />
      <li class={late > 0 ? "alarm" : ""}>
        <button type="button" disabled={late === 0} onClick={nextAlarm} title={`${t("next_alarm")} (A)`}>
          <b>{late}</b> {t("count_late")}
        </button>
      </li>
      <Counter n={waiting} name={t("count_queue")} />
      <Counter n={free} name={t("count_free")} />
      <Counter n={trucks.length - free - away} name={t("count_busy")} />
    </ul>
  );
}

function Counter({ n, name }: { n: number; name: string }) {
  return (
    <li>
      <b>{n}</b> {name}
    </li>
  );
}
