// The map's place in the page. It is made once, when the city is known, and kept through every redraw.
import { useEffect, useRef, useState } from "preact/hooks";
import type { City } from "../api";
import { CityMap } from "../map/city_map";
import { t } from "../texts";
import { useRoom } from "./context";
import { MapMarks } from "./map_marks";

export function MapPanel({ city, made }: { city: City; made: (map: CityMap, marks: MapMarks) => void }) {
  const { store } = useRoom();
  const host = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<CityMap | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!host.current) return;
    const drawn = new CityMap(host.current, city.bbox, city.tiles, () => setFailed(true));
    setMap(drawn);
    made(drawn, new MapMarks(drawn, store, host.current));
  }, []);
  return (
    <section class="map-panel" aria-label={t("map")}>
      <div class="map" ref={host} />
      {failed && <p class="map-note">{t("no_map")}</p>}
      {!failed && !city.tiles && <p class="map-note">{t("no_tiles")}</p>}
      <div class="map-buttons">
        <button type="button" aria-label={t("zoom_in")} title={t("zoom_in")} onClick={() => map?.zoom(1)}>
          +
        </button>
        <button type="button" aria-label={t("zoom_out")} title={t("zoom_out")} onClick={() => map?.zoom(-1)}>
          −
        </button>
        <button type="button" aria-label={t("whole_city")} title={t("whole_city")} onClick={() => map?.wholeCity()}>
          ⤢
        </button>
      </div>
      <p class="map-credit">© OpenStreetMap contributors</p>
    </section>
  );
}
