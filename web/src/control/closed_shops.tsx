// Shops that take no vehicles until somebody says that they do.
import { api, Problem, type Shop } from "../api";
import { prefs } from "../kit/prefs";
import { t } from "../texts";
import { useRoom } from "./context";

export function ClosedShops() {
  const { store, say } = useRoom();
  const closed = [...store.shops.values()].filter((shop) => shop.closed);
  const open = async (shop: Shop): Promise<void> => {
    try {
      store.hear("shop", await api.openShop(shop.id, prefs.operator));
    } catch (error) {
      say(t("failed", { why: error instanceof Problem ? error.detail : t("lost") }));
    }
  };
  if (closed.length === 0) return null;
  return (
    <section class="panel closed-shops" aria-labelledby="closed-shops-title">
      <h2 id="closed-shops-title">{t("closed_shops")}</h2>
      <ul class="rows">
        {closed.map((shop) => (
          <li key={shop.id} class="closed-shop">
            <span class="grow">{shop.name}</span>
            <button type="button" onClick={() => void open(shop)}>
              {t("open_shop")}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
