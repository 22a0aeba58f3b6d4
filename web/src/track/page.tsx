// The page of the person at the roadside: what happens now, when the truck comes, where it is, and what has been.
import { Fragment } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { TrackJob } from "../api";
import { Switches } from "../kit/switches";
import { age, distance, timeOfDay } from "../kit/format";
import { prefs } from "../kit/prefs";
import { currentLanguage, said, t, word } from "../texts";
import { Arrival, minutesOf } from "./arrival";
import { ageOf, isStale } from "../kit/freshness";
import { RouteMap } from "./route_map";
import type { TrackState } from "./state";

const TICK_MS = 250;

export function Page({ state }: { state: TrackState }) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const again = (): void => redraw((n) => n + 1);
    setInterval(again, TICK_MS);
    prefs.onChange(again);
  }, []);
  return (
    <div class="track">
      <header class="track-top">
        <h1>{t("track_title")}</h1>
        <span class="grow" />
        <Switches />
      </header>
      {state.invalid ? <Invalid /> : state.track ? <Live state={state} /> : <Waiting state={state} />}
    </div>
  );
}

function Waiting({ state }: { state: TrackState }) {
  const wrong = state.connection === "lost" || state.connection === "reconnecting";
  return (
    <p class="card" role="status">
      {wrong ? t(state.connection as "lost") : t("loading")}
    </p>
  );
}

function Invalid() {
  return (
    <main class="card invalid">
      <h2>{t("link_title")}</h2>
      <p>{t("link_why")}</p>
      <ul>
        <li>{t("link_do_1")}</li>
        <li>{t("link_do_2")}</li>
      </ul>
    </main>
  );
}

function Live({ state }: { state: TrackState }) {
  const { track, clock, zone, connection } = state;
  if (!track) return null;
  // Of several trucks one on its way is the news; the others are told of one by one below.
  const status = track.jobs.some((job) => job.status === "en_route") ? "en_route" : track.rescue.status;
  const broken = connection === "reconnecting" || connection === "lost";
  return (
    <main>
      <div role="alert">
        {broken && <p class="strip bad" data-strip={connection}>{t(connection as "lost")}</p>}
        {!track.positions_ok && <p class="strip bad" data-strip="positions">{t("positions_away")}</p>}
      </div>
      {(state.demo || track.speed !== 1) && (
        <p class="strip demo" data-strip="demo">
          {track.speed === 1 ? t("demo") : t("demo_speed", { n: track.speed })}
        </p>
      )}
      <section class="state card" data-status={status}>
        <h2 aria-live="polite">{word("state", status)}</h2>
        <Hint status={status} />
        {track.jobs.map((job, k) => (
          <Job key={job.id} job={job} state={state} title={track.jobs.length > 1 ? t("job_no", { n: k + 1 }) : ""} />
        ))}
        {track.jobs.every((job) => job.eta !== null) && (
          <p class="muted small">{t("promised_by", { time: timeOfDay(track.rescue.promise_at, zone) })}</p>
        )}
      </section>
      <RouteMap state={state} />
      {track.jobs.map((job) => job.steps.length > 0 && <Steps key={job.id} job={job} />)}
      <section class="card">
        <h3>{t("timeline")}</h3>
        <ol class="track-timeline">
          {[...track.timeline].reverse().map((one, k) => (
            <li key={track.timeline.length - k}>
              <time>{timeOfDay(one.at, zone)}</time>
              <span>{said(one.text)}</span>
            </li>
          ))}
        </ol>
      </section>
      <footer class="track-foot">
        {track.expires_at && <p>{t("expires", { time: timeOfDay(track.expires_at, zone) })}</p>}
        <p>
          {t("map_data")}: {state.credit || "© OpenStreetMap contributors"}
        </p>
        <p class="unseen" data-now={Math.round(clock.nowMs())} />
      </footer>
    </main>
  );
}

function Hint({ status }: { status: string }) {
  if (status === "reported" || status === "planned") return <p class="hint">{t("hint_reported")}</p>;
  if (status === "unserved") return <p class="hint">{t("hint_unserved")}</p>;
  return status === "on_scene" ? <p class="hint">{t("hint_scene")}</p> : null;
}

function Job({ job, state, title }: { job: TrackJob; state: TrackState; title: string }) {
  const { clock, zone } = state;
  return (
    <div class="track-job" data-job={job.id}>
      {title && (
        <h3>
          {title} <span class="pill" data-status={job.status}>{word("job", job.status)}</span>
        </h3>
      )}
      <Arrival job={job} clock={clock} zone={zone} />
      {job.truck && (
        <dl class="truck-card">
          {job.truck.plate && (
            <div class="plate">
              <dt class="unseen">{t("plate")}</dt>
              <dd>{job.truck.plate}</dd>
            </div>
          )}
          <div class="who">
            <dt class="unseen">{t("driver")}</dt>
            <dd>{driverName(job.truck.driver)}</dd>
            <dt class="unseen">{t("company")}</dt>
            <dd class="muted">{job.truck.company}</dd>
          </div>
        </dl>
      )}
      {job.truck && <PositionAge job={job} state={state} />}
      {job.shop && (
        <p class="shop-line">
          <span class="muted">{t("shop")}</span> <b>{job.shop.name}</b>{" "}
          <span class="chip">{job.shop.proposed ? t("shop_proposed") : t("shop_chosen")}</span>
        </p>
      )}
      {job.why && <Why why={job.why} plate={job.truck?.plate ?? null} coming={job.truck !== null} zone={zone} />}
    </div>
  );
}

type Told = { why: NonNullable<TrackJob["why"]>; plate: string | null; coming: boolean; zone: string };

function Why({ why, plate, coming, zone }: Told) {
  const text = said(why.text);
  return (
    <section class="why-told">
      <h4>
        {t(coming ? "why_truck" : "why_nobody")} <time class="muted">{t("why_at", { time: timeOfDay(why.at, zone) })}</time>
      </h4>
      <p>
        {(plate ? text.split(plate) : [text]).map((part, k) => (
          <Fragment key={k}>
            {k > 0 && <b class="plate-told">{plate}</b>}
            {part}
          </Fragment>
        ))}
      </p>
    </section>
  );
}

function driverName(name: string | null): string {
  if (!name) return "";
  return name.endsWith("师傅") ? name : t("driver_name", { name });
}

function PositionAge({ job, state }: { job: TrackJob; state: TrackState }) {
  if (!job.position) return null;
  const told = age(ageOf(job.position, state.clock));
  const stale = isStale(job.position, true, state.clock);
  return (
    <p class={stale ? "age stale" : "age"} data-stale={String(stale)}>
      {t(stale ? "position_stale" : "position_age", { age: told })}
    </p>
  );
}

function Steps({ job }: { job: TrackJob }) {
  return (
    <details class="card steps">
      <summary>{t("steps")}</summary>
      <ol>
        {job.steps.map((step, k) => (
          <li key={k} lang={step.name ? undefined : currentLanguage()}>
            <span>{step.name || t("road_unnamed")}</span>
            <span class="muted">
              {distance(step.distance_m)} · {minutesOf(step.duration_s)}
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}
