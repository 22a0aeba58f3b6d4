// The list of rescues: how long until the promise, who comes and when, and who still waits.
import type { Rescue } from "../api";
import { countdown, interval, timeOfDay } from "../kit/format";
import { SceneShape } from "../map/shapes";
import { t, word } from "../texts";
import { useRoom } from "./context";
import { HeldReport } from "./held";
import { inOrder, isLate, isOpen, isReached, leadingJob, nextEta, phase } from "./rules";

export function Rescues() {
  const { store, nowMs, refused } = useRoom();
  const all = [...store.rescues.values()];
  const held = all.filter((rescue) => rescue.held && isOpen(rescue));
  const open = inOrder(all.filter((rescue) => isOpen(rescue) && !rescue.held), nowMs, refused);
  const ended = all
    .filter((rescue) => !isOpen(rescue))
    .sort((a, b) => (b.ended_at ?? "").localeCompare(a.ended_at ?? ""));
  return (
    <section class="panel rescues" aria-labelledby="rescues-title">
      <h2 id="rescues-title" tabIndex={-1}>
        {t("rescues")} <span class="count">{open.length}</span>
      </h2>
      <div class="scroll">
        {held.length > 0 && (
          <div class="held-group" role="group" aria-label={t("held")}>
            <h3>
              {t("held")} <span class="count">{held.length}</span>
            </h3>
            {held.map((rescue) => (
              <HeldReport key={rescue.id} rescue={rescue} />
            ))}
          </div>
        )}
        {open.length === 0 && held.length === 0 && <p class="empty">{t("no_rescues")}</p>}
        <ul class="rows" data-list="rescues">
          {open.map((rescue) => (
            <RescueRow key={rescue.id} rescue={rescue} />
          ))}
        </ul>
        {ended.length > 0 && (
          <details class="ended">
            <summary>
              {t("ended")} <span class="count">{ended.length}</span>
            </summary>
            <ul class="rows" data-list="ended">
              {ended.map((rescue) => (
                <EndedRow key={rescue.id} rescue={rescue} />
              ))}
            </ul>
          </details>
        )}
      </div>
    </section>
  );
}

function RescueRow({ rescue }: { rescue: Rescue }) {
  const { store, nowMs, refused, selectRescue } = useRoom();
  const late = isLate(rescue, nowMs);
  const isRefused = refused.has(rescue.id);
  const selected = store.selectedRescue()?.id === rescue.id;
  const job = leadingJob(rescue);
  return (
    <li>
      <button
        type="button"
        class={`row rescue is-${phase(rescue)}${late || isRefused ? " alarm" : ""}${selected ? " selected" : ""}`}
        aria-current={selected ? "true" : undefined}
        data-rescue={rescue.id}
        data-row
        onClick={() => selectRescue(rescue.id)}
      >
        <span class="line">
          <SceneShape phase={phase(rescue)} late={late} size={16} />
          <span class="pill" data-status={rescue.status}>
            {word("job", rescue.status)}
          </span>
          <b class="ref">{rescue.case_ref}</b>
          <PromiseLeft rescue={rescue} late={late} />
        </span>
        <span class="line small">
          <span class="grow">
            {job?.assignment ? (
              <>
                <span class="chip">{job.assignment.truck}</span>
                {job.assignment.company}
              </>
            ) : rescue.queue_place !== null ? (
              <span class="chip wait">{t("queue_place", { n: rescue.queue_place })}</span>
            ) : null}
            {rescue.jobs.length > 1 && <span class="chip">{t("jobs_n", { n: rescue.jobs.length })}</span>}
            {rescue.lanes_blocked > 0 && <span class="chip warn">{t("lanes_n", { n: rescue.lanes_blocked })}</span>}
            {rescue.person_waiting && <span class="chip bad">{t("person_waiting")}</span>}
          </span>
          <EtaShort rescue={rescue} />
        </span>
        {isRefused && <span class="line alarm-line">{t("all_refused")}</span>}
      </button>
    </li>
  );
}

function PromiseLeft({ rescue, late }: { rescue: Rescue; late: boolean }) {
  const { store } = useRoom();
  if (isReached(rescue)) return <span class="clock done">{t("promise_kept")}</span>;
  const left = store.clock.until_s(rescue.promise_at);
  return (
    <span class={`clock${late ? " late" : left < 300 ? " soon" : ""}`} data-promise={Math.round(left)}>
      <span class="unit">{late ? t("promise_over") : t("promise")}</span> {countdown(Math.abs(left))}
    </span>
  );
}

function EtaShort({ rescue }: { rescue: Rescue }) {
  const { store } = useRoom();
  const next = nextEta(leadingJob(rescue));
  if (!next) return null;
  const near = store.clock.until_s(next.eta.p50_at);
  const [, far] = interval(near, store.clock.until_s(next.eta.p90_at));
  return (
    <span class="eta" data-eta={Math.round(near)} title={next.eta.calibrated ? "" : t("uncalibrated_why")}>
      <span class="unit">{next.delivery ? t("delivery") : t("eta")}</span> {near > 0 ? countdown(near) : t("now")}
      {far > 0 && <span class="unit"> ≤{t("unit_min", { n: far })}</span>}
      {!next.eta.calibrated && <abbr aria-label={t("uncalibrated")}>≈</abbr>}
    </span>
  );
}

function EndedRow({ rescue }: { rescue: Rescue }) {
  const { store, zone, selectRescue } = useRoom();
  const selected = store.selectedRescue()?.id === rescue.id;
  const into = rescue.merged_into ? store.rescues.get(rescue.merged_into) : undefined;
  return (
    <li>
      <button
        type="button"
        class={`row ended-row${selected ? " selected" : ""}`}
        data-rescue={rescue.id}
        data-row
        onClick={() => selectRescue(rescue.id)}
      >
        <span class="line small">
          <span class="pill" data-status={rescue.status}>
            {rescue.merged_into ? t("merged", { ref: into?.case_ref ?? rescue.merged_into }) : word("job", rescue.status)}
          </span>
          <b class="ref">{rescue.case_ref}</b>
          <span class="clock">{rescue.ended_at && timeOfDay(rescue.ended_at, zone)}</span>
        </span>
      </button>
    </li>
  );
}
