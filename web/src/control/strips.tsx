// What is wrong with the service itself, across the whole page; and the notes that every result has to carry.
import { timeOfDay } from "../kit/format";
import { t } from "../texts";
import { useRoom } from "./context";

export function Strips() {
  const { store, zone } = useRoom();
  const { health, connection, city } = store;
  const wrong: [string, string][] = [];
  if (connection === "reconnecting") wrong.push(["reconnecting", t("reconnecting")]);
  if (connection === "lost") wrong.push(["lost", t("lost")]);
  if (health && !health.positions.ok) {
    const { since_at } = health.positions;
    wrong.push(["positions", since_at ? t("store_away", { time: timeOfDay(since_at, zone) }) : t("store_away_now")]);
  }
  if (health && !health.journal.ok) wrong.push(["journal", t("journal_bad")]);
  if (health && !health.engine.ok) wrong.push(["engine", t("engine_bad")]);
  return (
    <div class="strips">
      {city?.demo && (
        <p class="strip demo" data-strip="demo">
          {store.clock.speed === 1 ? t("demo") : t("demo_speed", { n: store.clock.speed })}
        </p>
      )}
      <div role="alert">
        {wrong.map(([name, text]) => (
          <p class="strip bad" data-strip={name} key={name}>
            {text}
          </p>
        ))}
      </div>
    </div>
  );
}

export function Notes() {
  const { city } = useRoom().store;
  if (!city) return null;
  return (
    <footer class="notes">
      <span>
        {t("map_data")}: {city.attribution}
      </span>
      {city.notes.map((note) => (
        <span key={note}>{note}</span>
      ))}
    </footer>
  );
}
