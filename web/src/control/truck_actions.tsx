// What a driver reports by telephone and a dispatcher writes down: a breakdown, a shop that does not take the vehicle.
import { useEffect, useRef, useState } from "preact/hooks";
import { api, Problem, type Truck } from "../api";
import { t, type TextKey } from "../texts";
import { useRoom } from "./context";
import { AWAY } from "./rules";

type Action = { title: TextKey; does: TextKey; act: (reason: string) => Promise<Truck> };

export function TruckActions({ truck }: { truck: Truck }) {
  const { store } = useRoom();
  const [action, setAction] = useState<Action | null>(null);
  const job = store.rescues.get(truck.rescue ?? "")?.jobs.find((one) => one.id === truck.job);
  const shop = job?.shop;
  const canBreak = !AWAY.has(truck.status) && truck.status !== "at_shop";
  const canBeTurnedAway = shop && (truck.status === "loaded" || truck.status === "at_shop");
  return (
    <div class="buttons dock-actions">
      {canBreak && (
        <button
          type="button"
          class="danger"
          onClick={() =>
            setAction({ title: "break_title", does: "break_do", act: (reason) => api.outOfService(truck.id, reason) })
          }
        >
          {t("break_down")}
        </button>
      )}
      {canBeTurnedAway && (
        <button
          type="button"
          onClick={() =>
            setAction({ title: "turned_title", does: "turned_do", act: (reason) => api.turnedAway(truck.id, shop.id, reason) })
          }
        >
          {t("turned_away", { shop: shop.name })}
        </button>
      )}
      {action && <ReasonDialog truck={truck} action={action} done={() => setAction(null)} />}
    </div>
  );
}

function ReasonDialog({ truck, action, done }: { truck: Truck; action: Action; done: () => void }) {
  const { store } = useRoom();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const [fault, setFault] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      store.hear("truck", await action.act(reason.trim()));
      done();
    } catch (error) {
      setFault(t("failed", { why: error instanceof Problem ? error.detail : t("lost") }));
    }
  };
  return (
    <dialog ref={dialog} aria-labelledby="action-title" onClose={done}>
      <form onSubmit={(event) => void send(event)}>
        <h2 id="action-title">{t(action.title, { truck: truck.id })}</h2>
        <label>
          {t("cancel_reason")}
          <input value={reason} required maxLength={200} onInput={(event) => setReason(event.currentTarget.value)} />
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
            {t(action.does)}
          </button>
        </div>
      </form>
    </dialog>
  );
}
