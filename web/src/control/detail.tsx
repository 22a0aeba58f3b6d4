// What is known of the selected rescue: its jobs, how it went so far, and why this truck.
import { useEffect, useState } from "preact/hooks";
import { api, type Happening, type Job, type Rescue } from "../api";
import { countdown, timeOfDay, timeWithSeconds } from "../kit/format";
import { said, t, word } from "../texts";
import { Assignment } from "./assign";
import { CancelDialog } from "./cancel";
import { useRoom } from "./context";
import { TrackingLink } from "./link";
import { isLate, isOpen, leadingJob } from "./rules";
import { WhyTable } from "./why";

export function RescueDetail({ rescue }: { rescue: Rescue }) {
  const { store, nowMs, zone, refused } = useRoom();
  const [cancelling, setCancelling] = useState(false);
  const late = isLate(rescue, nowMs);
  const left = store.clock.until_s(rescue.promise_at);
  const alarm = late || refused.has(rescue.id);
  return (
    <>
      <header class={`dock-head${alarm ? " alarm" : ""}`}>
        <span class="pill" data-status={rescue.status}>
          {word("job", rescue.status)}
        </span>
        <h2 tabIndex={-1} id="dock-title">
          {rescue.case_ref}
        </h2>
        {refused.has(rescue.id) && <b class="alarm-word">{t("all_refused")}</b>}
        <span class="grow" />
        {late && <b class="alarm-word">{t("promise_over")} {countdown(-left)}</b>}
        <TrackingLink key={rescue.id} rescue={rescue} />
        {isOpen(rescue) && (
          <button type="button" class="danger" onClick={() => setCancelling(true)}>
            {t("cancel_rescue")}
          </button>
        )}
        <CloseButton />
      </header>
      <div class="dock-body">
        <div class="dock-column">
          <p class="muted small">
            {t("reported")} {timeOfDay(rescue.reported_at, zone)} · {t("promise")} {timeOfDay(rescue.promise_at, zone)}
          </p>
          <Facts rescue={rescue} />
          {rescue.jobs.map((job) => (
            <JobCard key={job.id} rescue={rescue} job={job} />
          ))}
        </div>
        <Timeline rescue={rescue} />
        <div class="dock-column">
          <h3>{t("why")}</h3>
          <WhyTable key={rescue.version} rescue={rescue.id} job={leadingJob(rescue)?.id ?? null} seq={null} />
        </div>
      </div>
      {cancelling && <CancelDialog rescue={rescue} done={() => setCancelling(false)} />}
    </>
  );
}

export function CloseButton() {
  const { store } = useRoom();
  return (
    <button type="button" class="close" aria-label={t("close")} title={`${t("close")} (Esc)`} onClick={() => store.select(null)}>
      ×
    </button>
  );
}

function Facts({ rescue }: { rescue: Rescue }) {
  return (
    <p class="facts">
      {rescue.severity && <span class="chip">{word("severity", rescue.severity)}</span>}
      {rescue.lanes_blocked > 0 && <span class="chip warn">{t("lanes_n", { n: rescue.lanes_blocked })}</span>}
      {rescue.person_waiting && <span class="chip bad">{t("person_waiting")}</span>}
      {rescue.queue_place !== null && <span class="chip wait">{t("queue_place", { n: rescue.queue_place })}</span>}
    </p>
  );
}

function JobCard({ rescue, job }: { rescue: Rescue; job: Job }) {
  return (
    <div class="job-card">
      <JobFacts job={job} />
      {!rescue.held && isOpen(rescue) && <Assignment rescue={rescue} job={job} />}
    </div>
  );
}

function JobFacts({ job }: { job: Job }) {
  const { store, zone, selectTruck } = useRoom();
  const { assignment, shop } = job;
  return (
    <dl class="job-facts">
      <div>
        <dt>{t("status")}</dt>
        <dd>
          <b>{word("job", job.status)}</b> <span class="muted">{t("since", { time: timeOfDay(job.since_at, zone) })}</span>
          {job.switches > 0 && <span class="chip">{t("switches", { n: job.switches })}</span>}
          {job.moved_to && <span class="chip warn">{t("moved_to")}</span>}
        </dd>
      </div>
      <div>
        <dt>{t("capability")}</dt>
        <dd>{job.needs.map((need) => word("can", need)).join(", ") || "—"}</dd>
      </div>
      <div>
        <dt>{t("truck")}</dt>
        <dd>
          {assignment ? (
            <>
              <button type="button" class="link" onClick={() => selectTruck(assignment.truck)}>
                {assignment.truck}
              </button>{" "}
              {assignment.company}
              {job.status === "offered" && assignment.expires_at && (
                <span class="chip wait">
                  {t("expires_in", { time: countdown(Math.max(0, store.clock.until_s(assignment.expires_at))) })}
                </span>
              )}
            </>
          ) : (
            "—"
          )}
        </dd>
      </div>
      {job.eta && <EtaLine title={t("eta")} eta={job.eta} />}
      {job.delivery_eta && <EtaLine title={t("delivery")} eta={job.delivery_eta} />}
      <div>
        <dt>{t("shop")}</dt>
        <dd>
          {shop ? (
            <>
              {shop.name} <span class="muted">{shop.proposed ? t("shop_proposed") : t("shop_chosen")}</span>
            </>
          ) : (
            <span class="muted">—</span>
          )}
        </dd>
      </div>
    </dl>
  );
}

function EtaLine({ title, eta }: { title: string; eta: NonNullable<Job["eta"]> }) {
  const { store, zone } = useRoom();
  const left = (at: string): string => {
    const seconds = store.clock.until_s(at);
    return seconds > 0 ? countdown(seconds) : t("now");
  };
  return (
    <div>
      <dt>{title}</dt>
      <dd class="number-line">
        <b>{left(eta.p50_at)}</b> <span class="muted">({timeOfDay(eta.p50_at, zone)})</span>
        <span class="muted">
          {" "}
          · {t("eta_p90")} {left(eta.p90_at)}
        </span>
        {!eta.calibrated && (
          <span class="chip" title={t("uncalibrated_why")}>
            ≈ {t("uncalibrated")}
          </span>
        )}
      </dd>
    </div>
  );
}

function Timeline({ rescue }: { rescue: Rescue }) {
  const { zone } = useRoom();
  const [happened, setHappened] = useState<Happening[]>([]);
  useEffect(() => {
    let gone = false;
    api.timeline(rescue.id).then(
      (list) => gone || setHappened(list),
      () => undefined, // what is shown already stays; the rescue's next change asks again
    );
    return () => {
      gone = true;
    };
  }, [rescue.id, rescue.version]);
  return (
    <div class="dock-column">
      <h3>{t("timeline")}</h3>
      <ol class="timeline">
        {[...happened].reverse().map((one) => (
          <li key={one.seq ?? one.at + one.kind}>
            <time class="muted">{timeWithSeconds(one.at, zone)}</time>
            <span>{said(one.text)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
