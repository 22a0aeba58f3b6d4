// A report that may be of an accident already known: no truck is sent until somebody decides which it is.
import { useState } from "preact/hooks";
import { api, Problem, type Rescue } from "../api";
import { prefs } from "../kit/prefs";
import { age } from "../kit/format";
import { t } from "../texts";
import { useRoom } from "./context";

export function HeldReport({ rescue }: { rescue: Rescue }) {
  const { store, say, selectRescue } = useRoom();
  const [busy, setBusy] = useState(false);
  const other = rescue.linked[0];
  const refs = rescue.linked.map((id) => store.rescues.get(id)?.case_ref ?? id).join(", ");

  const decide = async (act: () => Promise<Rescue>): Promise<void> => {
    setBusy(true);
    try {
      store.hear("rescue", await act());
    } catch (error) {
      say(t("failed", { why: error instanceof Problem ? error.detail : t("lost") }));
    } finally {
      setBusy(false);
    }
  };

  const selected = store.selectedRescue()?.id === rescue.id;
  return (
    <div class={`held${selected ? " selected" : ""}`} data-held={rescue.id}>
      <button type="button" class="held-head" data-row onClick={() => selectRescue(rescue.id)}>
        <b class="ref">{rescue.case_ref}</b>
        <span class="clock">{t("ago", { age: age(store.clock.since_s(rescue.reported_at)) })}</span>
      </button>
      <p>{t("held_why", { refs })}</p>
      <div class="buttons">
        <button
          type="button"
          disabled={busy || other === undefined}
          onClick={() => other && decide(() => api.merge(rescue.id, other, prefs.operator))}
        >
          {t("same_accident")}
        </button>
        <button type="button" class="primary" disabled={busy} onClick={() => decide(() => api.release(rescue.id, prefs.operator))}>
          {t("send_another")}
        </button>
      </div>
    </div>
  );
}
