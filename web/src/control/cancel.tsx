// Cancelling asks for a reason and a name: both are kept in the journal.
import { useEffect, useRef, useState } from "preact/hooks";
import { api, Problem, type Rescue } from "../api";
import { prefs } from "../kit/prefs";
import { t } from "../texts";
import { useRoom } from "./context";

export function CancelDialog({ rescue, done }: { rescue: Rescue; done: () => void }) {
  const { store } = useRoom();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const [by, setBy] = useState(prefs.operator);
  const [fault, setFault] = useState("");
  useEffect(() => dialog.current?.showModal(), []);

  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    prefs.setOperator(by);
    try {
      store.hear("rescue", await api.cancel(rescue.id, prefs.operator, reason.trim()));
      done();
    } catch (error) {
      setFault(t("failed", { why: error instanceof Problem ? error.detail : t("lost") }));
    }
  };

  return (
    <dialog ref={dialog} aria-labelledby="cancel-title" onClose={done}>
      <form onSubmit={(event) => void send(event)}>
        <h2 id="cancel-title">{t("cancel_title", { ref: rescue.case_ref })}</h2>
        <label>
          {t("cancel_reason")}
          <input value={reason} required maxLength={200} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <label>
          {t("cancel_by")}
          <input value={by} required maxLength={60} onInput={(event) => setBy(event.currentTarget.value)} />
        </label>
        {fault && (
          <p class="bad" role="alert">
            {fault}
          </p>
        )}
        <div class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            {t("cancel_keep")}
          </button>
          <button type="submit" class="danger">
            {t("cancel_do")}
          </button>
        </div>
      </form>
    </dialog>
  );
}
