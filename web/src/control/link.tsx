// The tracking link of a rescue: opened, revoked, and issued anew. Revoking takes two clicks: the party loses its page.
import { useState } from "preact/hooks";
import { api, Problem, type Rescue } from "../api";
import { prefs } from "../kit/prefs";
import { t } from "../texts";
import { useRoom } from "./context";

export function TrackingLink({ rescue }: { rescue: Rescue }) {
  const { store, say } = useRoom();
  const [sure, setSure] = useState(false);
  const [busy, setBusy] = useState(false);

  const act = async (ask: (rescue: string, by: string) => Promise<Rescue>): Promise<void> => {
    setBusy(true);
    try {
      store.hear("rescue", await ask(rescue.id, prefs.operator));
    } catch (error) {
      say(t("failed", { why: error instanceof Problem ? error.detail : t("lost") }));
    } finally {
      setBusy(false);
      setSure(false);
    }
  };

  if (!rescue.tracking_url) {
    return (
      <button type="button" disabled={busy} onClick={() => void act(api.issueLink)}>
        {t("link_issue")}
      </button>
    );
  }
  return (
    <>
      <a class="button" href={rescue.tracking_url} target="_blank" rel="noreferrer">
        {t("tracking_page")}
      </a>
      <button
        type="button"
        class={sure ? "danger" : undefined}
        disabled={busy}
        onClick={() => (sure ? void act(api.revokeLink) : setSure(true))}
        onBlur={() => setSure(false)}
      >
        {t(sure ? "link_revoke_sure" : "link_revoke")}
      </button>
    </>
  );
}
