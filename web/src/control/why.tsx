// Who was considered for a job, and why not: fetched when somebody asks.
import { useEffect, useState } from "preact/hooks";
import { api, Problem, type DecisionRound, type Why } from "../api";
import { countdown } from "../kit/format";
import { said, t, word } from "../texts";
import { useRoom } from "./context";

type Found = { round: DecisionRound; why: Why };

type Asked = { rescue: string; job: string | null; seq: number | null };

/** `seq` names the decision, whose sentence stands above already; without it the newest about the job is shown, whole. */
export function WhyTable({ rescue, job, seq }: Asked) {
  const [found, setFound] = useState<Found | "loading" | "none" | { fault: string }>("loading");
  useEffect(() => {
    let gone = false;
    api.decisions(rescue).then(
      (rounds) => gone || setFound(find(rounds, job, seq) ?? "none"),
      (error: unknown) => gone || setFound({ fault: error instanceof Problem ? error.detail : t("lost") }),
    );
    return () => {
      gone = true;
    };
  }, [rescue, job, seq]);
  if (found === "loading") return <p class="empty small">{t("loading")}</p>;
  if (found === "none") return <p class="empty small">{t("why_none")}</p>;
  if ("fault" in found) return <p class="empty small bad">{t("failed", { why: found.fault })}</p>;
  return (
    <div class="why">
      {seq === null && found.why.text && <p class="sentence">{said(found.why.text)}</p>}
      <Compared {...found} />
      {found.why.party && (
        <p class="small party">
          <span class="muted">{t("why_party")}</span> {said(found.why.party)}
        </p>
      )}
    </div>
  );
}

function Compared({ round, why }: Found) {
  const rest = Object.entries(why.rest).filter(([, count]) => count > 0);
  const { plan } = round;
  return (
    <>
      {why.considered.length > 0 && <Candidates why={why} />}
      <p class="muted small">
        {rest.length > 0 && t("considered_rest", { list: rest.map(([name, n]) => `${word("verdict", name)} ${n}`).join(" · ") })}
        {rest.length > 0 && <br />}
        {t("plan_line", {
          method: plan.method,
          cost: plan.cost.toLocaleString("en"),
          gap: plan.gap === null ? "—" : `${(plan.gap * 100).toFixed(1)} %`,
        })}
        <br />
        {t("plan_seen", { positions: plan.positions_version ?? "—", roads: plan.traffic_version ?? "—" })}
      </p>
    </>
  );
}

function Candidates({ why }: { why: Why }) {
  const { selectTruck } = useRoom();
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{t("considered_truck")}</th>
          <th scope="col" class="number">
            {t("considered_arrive")}
          </th>
          <th scope="col" class="number">
            {t("considered_cost")}
          </th>
          <th scope="col">{t("considered_verdict")}</th>
        </tr>
      </thead>
      <tbody>
        {why.considered.map((row) => (
          <tr key={row.truck} class={row.verdict === "chosen" ? "chosen" : ""}>
            <th scope="row">
              <button type="button" class="link" onClick={() => selectTruck(row.truck)}>
                {row.truck}
              </button>
            </th>
            <td class="number">{row.arrive_s === null ? "—" : countdown(row.arrive_s)}</td>
            <td class="number">{row.cost === null ? "—" : row.cost.toLocaleString("en")}</td>
            <td>{word("verdict", row.verdict)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function find(rounds: DecisionRound[], job: string | null, seq: number | null): Found | null {
  const ordered = [...rounds].sort((a, b) => b.seq - a.seq);
  const round =
    seq === null
      ? ordered[0]
      : (ordered.find((one) => one.decisions.some((decision) => decision.seq === seq)) ??
        ordered.find((one) => one.seq <= seq));
  const why = round?.why.find((one) => one.job === job) ?? (job === null ? round?.why[0] : undefined);
  return round && why ? { round, why } : null;
}
