// When the truck comes, or the vehicle is delivered: minutes that count down, and how sure they are.
import { useEffect, useState } from "preact/hooks";
import type { Eta, TrackJob } from "../api";
import type { ServiceClock } from "../kit/clock";
import { interval, minutesLeft, timeOfDay } from "../kit/format";
import { t } from "../texts";

type Props = { job: TrackJob; clock: ServiceClock; zone: string };

export function Arrival({ job, clock, zone }: Props) {
  const eta = job.eta ?? (job.status === "on_scene" || job.status === "towing" ? job.delivery_eta : null);
  if (!eta) return null;
  const delivery = job.eta === null;
  const left = clock.until_s(eta.p50_at);
  const [near, far] = interval(left, clock.until_s(eta.p90_at));
  const told = left <= 0 ? t("arriving") : `${t(delivery ? "delivered_in" : "arrives_in")} ${near} ${t("minutes")}`;
  return (
    <div class="arrival" data-eta={Math.round(left)}>
      <p class="arrival-title">{t(delivery ? "delivered_in" : "arrives_in")}</p>
      {left > 0 ? (
        <p class="big">
          <b data-minutes={near}>{near}</b> {t("minutes")}
        </p>
      ) : (
        <p class="big soon">{t("arriving")}</p>
      )}
      <p class="range">
        {left > 0 && far > near && <span>{t("range_minutes", { a: near, b: far })}</span>}
        <span>{left > 0 ? t("arrives_at", { time: timeOfDay(eta.p50_at, zone) }) : left < -60 && !delivery && t("arriving_note")}</span>
        {!eta.calibrated && <Uncalibrated />}
      </p>
      <Spoken text={told} eta={eta} />
    </div>
  );
}

function Uncalibrated() {
  return (
    <abbr class="uncalibrated" title={t("uncalibrated_why")}>
      ≈ {t("uncalibrated")}
    </abbr>
  );
}

const SPOKEN_EVERY_MS = 20_000;

/** What a screen reader says of it: each new minute, but not faster than one can listen (a demo's minutes fly by). */
function Spoken({ text, eta }: { text: string; eta: Eta }) {
  const [spoken, setSpoken] = useState({ text, at: 0 });
  useEffect(() => {
    const now = performance.now();
    if (text !== spoken.text && now - spoken.at > SPOKEN_EVERY_MS) setSpoken({ text, at: now });
  }, [text, eta]);
  return (
    <span class="unseen" aria-live="polite">
      {spoken.text}
    </span>
  );
}

export function minutesOf(seconds: number): string {
  return t("unit_min", { n: Math.max(1, minutesLeft(seconds)) });
}
