// The last decisions and why: the service's own sentence, and on demand who was considered.
import { useState } from "preact/hooks";
import type { Decision } from "../api";
import { timeWithSeconds } from "../kit/format";
import { said, t, word } from "../texts";
import { useRoom } from "./context";
import { WhyTable } from "./why";

export function Decisions() {
  const { store } = useRoom();
  const [asked, setAsked] = useState<string | null>(null);
  return (
    <section class="panel decisions" aria-labelledby="decisions-title">
      <h2 id="decisions-title" tabIndex={-1}>
        {t("decisions")}
      </h2>
      <div class="scroll">
        {store.decisions.length === 0 && <p class="empty">{t("no_decisions")}</p>}
        <ul class="rows" data-list="decisions">
          {store.decisions.map((decision) => {
            const key = `${decision.seq}/${decision.kind}/${decision.job}`;
            return (
              <DecisionRow
                key={key}
                decision={decision}
                open={asked === key}
                toggle={() => setAsked(asked === key ? null : key)}
              />
            );
          })}
        </ul>
      </div>
    </section>
  );
}

function DecisionRow({ decision, open, toggle }: { decision: Decision; open: boolean; toggle: () => void }) {
  const { store, zone, selectRescue } = useRoom();
  const selected = decision.rescue !== null && store.selectedRescue()?.id === decision.rescue;
  const alarm = decision.kind === "alarmed";
  const of = decision.rescue === null ? undefined : store.rescues.get(decision.rescue);
  return (
    <li class={`decision${selected ? " selected" : ""}${alarm ? " alarm" : ""}`}>
      <button
        type="button"
        class="row"
        data-row
        data-decision={decision.seq}
        onClick={() => decision.rescue && selectRescue(decision.rescue)}
      >
        <span class="line small">
          <span class="kind" data-kind={decision.kind}>
            {word("kind", decision.kind)}
          </span>
          <span class="grow">
            {decision.truck && <span class="chip">{decision.truck}</span>}
            {of && <span class="muted">{of.case_ref}</span>}
          </span>
          <time class="clock muted">{timeWithSeconds(decision.at, zone)}</time>
        </span>
        <span class="sentence">{said(decision.text)}</span>
      </button>
      {decision.rescue && (
        <button type="button" class="link why-button" aria-expanded={open} onClick={toggle}>
          {open ? t("why_hide") : t("why")}
        </button>
      )}
      {open && decision.rescue && <WhyTable rescue={decision.rescue} job={decision.job} seq={decision.seq} />}
    </li>
  );
}
