// Keys, and what the shapes on the map mean.
import { useEffect, useRef, useState } from "preact/hooks";
import { prefs } from "../kit/prefs";
import { SceneShape, ShopShape, TruckShape } from "../map/shapes";
import { t, word, type TextKey } from "../texts";
import { TRUCK_ORDER, type Phase } from "./rules";

const KEYS: [string, TextKey][] = [
  ["R", "keys_rescues"],
  ["D", "keys_decisions"],
  ["F", "keys_fleet"],
  ["M", "keys_map"],
  ["↑ ↓", "keys_arrows"],
  ["Enter", "keys_enter"],
  ["A", "keys_alarm"],
  ["P", "keys_assign"],
  ["Esc", "keys_escape"],
  ["L", "keys_language"],
  ["T", "keys_theme"],
  ["?", "keys_help"],
];

export function Help({ done }: { done: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [operator, setOperator] = useState(prefs.operator);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={done}>
      <header>
        <h2 id="help-title">{t("help")}</h2>
        <button type="button" class="close" aria-label={t("close")} onClick={() => dialog.current?.close()}>
          ×
        </button>
      </header>
      <div class="help-columns">
        <section>
          <h3>{t("keys_title")}</h3>
          <dl class="keys">
            {KEYS.map(([key, text]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{t(text)}</dd>
              </div>
            ))}
          </dl>
          <label>
            {t("operator")}
            <input
              value={operator}
              maxLength={60}
              onInput={(event) => {
                setOperator(event.currentTarget.value);
                prefs.setOperator(event.currentTarget.value);
              }}
            />
          </label>
        </section>
        <Legend />
      </div>
    </dialog>
  );
}

function Legend() {
  const scenes: [Phase, boolean, TextKey][] = [
    ["waiting", true, "scene_late"],
    ["waiting", false, "scene_waiting"],
    ["coming", false, "scene_coming"],
    ["attended", false, "scene_attended"],
  ];
  const lines: [string, TextKey][] = [
    ["ahead", "route_ahead"],
    ["tow", "route_tow"],
    ["driven", "route_driven"],
    ["closed", "closure"],
  ];
  return (
    <section>
      <h3>{t("legend")}</h3>
      <ul class="legend">
        {scenes.map(([phase, late, text]) => (
          <li key={text}>
            <SceneShape phase={phase} late={late} /> {t(text)}
          </li>
        ))}
        {TRUCK_ORDER.map((status) => (
          <li key={status}>
            <TruckShape status={status} size={18} /> {word("truck", status)}
          </li>
        ))}
        <li>
          <ShopShape /> {t("shop")}
        </li>
        {lines.map(([line, text]) => (
          <li key={line}>
            <i class={`line-sample ${line}`} /> {t(text)}
          </li>
        ))}
      </ul>
    </section>
  );
}
