// A truck named by hand: its price comes first, in words, and only then can it be confirmed.
import { useEffect, useRef, useState } from "preact/hooks";
import { api, Problem, type AssignmentPrice, type Job, type PricedArrival, type Rescue } from "../api";
import { timeOfDay } from "../kit/format";
import { prefs } from "../kit/prefs";
import { said, t, word } from "../texts";
import { useRoom } from "./context";
import { assignable, byDistance } from "./rules";

type Asked = { price: AssignmentPrice } | { fault: string } | "asking" | null;

/** What a job says of an assignment by hand, and the way to one. */
export function Assignment({ rescue, job }: { rescue: Rescue; job: Job }) {
  const { store, say } = useRoom();
  const [open, setOpen] = useState(false);
  const release = async (): Promise<void> => {
    try {
      store.hear("rescue", await api.unpin(job.id, prefs.operator));
    } catch (error) {
      say(faultOf(error));
    }
  };
  if (!assignable(job)) return null;
  return (
    <div class="buttons">
      {job.pinned_to && (
        <>
          <span class="chip warn">{t("pinned_to", { truck: job.pinned_to })}</span>
          <button type="button" onClick={() => void release()}>
            {t("unpin")}
          </button>
        </>
      )}
      <button type="button" data-assign onClick={() => setOpen(true)}>
        {t("assign")}
      </button>
      {open && <AssignDialog rescue={rescue} job={job} done={() => setOpen(false)} />}
    </div>
  );
}

function AssignDialog({ rescue, job, done }: { rescue: Rescue; job: Job; done: () => void }) {
  const { store } = useRoom();
  const dialog = useRef<HTMLDialogElement>(null);
  const [truck, setTruck] = useState("");
  const [by, setBy] = useState(prefs.operator);
  const [fault, setFault] = useState("");
  const asked = usePrice(job.id, truck);
  const ready = asked !== null && typeof asked === "object" && "price" in asked && asked.price.possible;
  useEffect(() => dialog.current?.showModal(), []);

  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!ready) return;
    prefs.setOperator(by);
    try {
      store.hear("rescue", await api.pin(job.id, truck, prefs.operator));
      done();
    } catch (error) {
      setFault(faultOf(error));
    }
  };

  return (
    <dialog ref={dialog} class="assign" aria-labelledby="assign-title" onClose={done}>
      <form onSubmit={(event) => void send(event)}>
        <h2 id="assign-title">{t("assign_title", { ref: rescue.case_ref })}</h2>
        <label>
          {t("truck")}
          <TruckChoice job={job} rescue={rescue} chosen={truck} choose={setTruck} />
        </label>
        <div class="price" aria-live="polite">
          <Price asked={asked} />
        </div>
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
            {t("assign_keep")}
          </button>
          <button type="submit" class="primary" disabled={!ready}>
            {t("assign_do")}
          </button>
        </div>
      </form>
    </dialog>
  );
}

type Choice = { job: Job; rescue: Rescue; chosen: string; choose: (truck: string) => void };

/** Trucks that can do it and are at work, the nearest first. */
function TruckChoice({ job, rescue, chosen, choose }: Choice) {
  const { store } = useRoom();
  return (
    <select value={chosen} required onChange={(event) => choose(event.currentTarget.value)}>
      <option value="" disabled>
        {t("assign_choose")}
      </option>
      {byDistance(store.trucks.values(), job, job.moved_to ?? rescue.location).map(({ truck, km }) => (
        <option key={truck.id} value={truck.id}>
          {truck.id} · {word("truck", truck.status)}
          {km === null ? "" : ` · ${km.toFixed(1)} km`}
        </option>
      ))}
    </select>
  );
}

function Price({ asked }: { asked: Asked }) {
  if (asked === null) return <p class="muted small">{t("price_none")}</p>;
  if (asked === "asking") return <p class="muted small">{t("loading")}</p>;
  if ("fault" in asked) return <p class="bad small">{asked.fault}</p>;
  const { price } = asked;
  if (!price.possible || !price.text || !price.cost) {
    return (
      <ul class="bad small">
        {price.reasons.map((one) => (
          <li key={one.reason}>{said(one.text)}</li>
        ))}
      </ul>
    );
  }
  const { unserved, wait_s } = price.must_serve ?? { unserved: 0, wait_s: 0 };
  return (
    <>
      <p class="price-said">{said(price.text)}</p>
      {(unserved > 0 || wait_s >= 60) && <p class="bad small">{t("price_must", { n: Math.ceil(wait_s / 60) })}</p>}
      {price.others.length > 0 && <Others price={price} />}
      <p class="muted small">
        {t("price_cost", { difference: signed(price.cost.difference), with: whole(price.cost.with), without: whole(price.cost.without) })}
      </p>
    </>
  );
}

function Others({ price }: { price: AssignmentPrice }) {
  return (
    <table class="price-others">
      <thead>
        <tr>
          <th scope="col">{t("rescue")}</th>
          <th scope="col">{t("price_before")}</th>
          <th scope="col">{t("price_after")}</th>
          <th scope="col" class="number">
            {t("price_minutes")}
          </th>
        </tr>
      </thead>
      <tbody>
        {price.others.map((one) => (
          <tr key={one.job}>
            <th scope="row">{one.case_ref}</th>
            <td>
              <Comes arrival={one.before} />
            </td>
            <td>
              <Comes arrival={one.after} />
            </td>
            <td class={`number${(one.later_min ?? 1) > 0 ? " bad" : ""}`}>{one.later_min === null ? "—" : signed(one.later_min)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Comes({ arrival }: { arrival: PricedArrival }) {
  const { zone } = useRoom();
  return <>{arrival.at === null ? t("price_nobody") : `${arrival.truck ?? ""} ${timeOfDay(arrival.at, zone)}`}</>;
}

/** The answer to the last question counts, whichever comes first. */
function usePrice(job: string, truck: string): Asked {
  const [asked, setAsked] = useState<Asked>(null);
  useEffect(() => {
    if (!truck) return;
    let gone = false;
    setAsked("asking");
    api.assignmentPrice(job, truck).then(
      (price) => gone || setAsked({ price }),
      (error: unknown) => gone || setAsked({ fault: faultOf(error) }),
    );
    return () => {
      gone = true;
    };
  }, [job, truck]);
  return asked;
}

function faultOf(error: unknown): string {
  return t("failed", { why: error instanceof Problem ? error.detail : t("lost") });
}

function whole(number: number): string {
  return number.toLocaleString("en");
}

function signed(number: number): string {
  return number > 0 ? `+${whole(number)}` : number < 0 ? `−${whole(-number)}` : "0";
}
