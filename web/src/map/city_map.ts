// The map: the city's tiles, lines on them, and marks above them that are plain elements of the page.
//
// Marks are elements and not map symbols, so that they can be told apart by shape, focused and read aloud, and so that a
// moving truck costs a transform and not a redrawn map (a wall screen often has no graphics card).
import maplibregl, { type GeoJSONSource } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import { Protocol } from "pmtiles";
import { prefs, stillness, type Theme } from "../kit/prefs";
import { layers, style } from "./style";

export type Mark = { element: HTMLElement; lon: number; lat: number };
export type Bounds = [number, number, number, number];

const protocol = new Protocol();
maplibregl.addProtocol("pmtiles", protocol.tile);

export class CityMap {
  readonly marks = new Map<string, Mark>();
  private readonly map: maplibregl.Map | null;
  private readonly layer: HTMLElement;
  private theme: Theme = prefs.theme;
  private readonly hasTiles: boolean;
  private readonly pending = new Map<string, GeoJSON.FeatureCollection>();
  private readonly bounds: Bounds;
  ready = false;
  /** Set once somebody has moved the map by hand: it is then left where it is. */
  touched = false;

  constructor(host: HTMLElement, bounds: Bounds, tiles: string | null, onFailure: () => void) {
    this.bounds = bounds;
    this.hasTiles = tiles !== null;
    this.map = create(host, bounds, tiles && new URL(tiles, location.href).href, this.theme);
    this.layer = document.createElement("div");
    this.layer.className = "marks";
    if (!this.map) {
      onFailure();
      return;
    }
    this.map.getCanvasContainer().append(this.layer);
    this.map.on("move", () => this.place());
    this.map.on("resize", () => this.place());
    this.map.on("load", () => {
      for (const [source, data] of this.pending) this.write(source, data);
      this.place();
    });
    this.map.once("idle", () => {
      this.ready = true;
    });
    for (const event of ["dragstart", "wheel", "dblclick"] as const) this.map.on(event, () => (this.touched = true));
    prefs.onChange(() => this.repaint());
  }

  get drawn(): boolean {
    return this.map !== null;
  }

  put(id: string, mark: Mark): void {
    const before = this.marks.get(id);
    if (before && before.element !== mark.element) before.element.remove();
    if (mark.element.parentElement !== this.layer) this.layer.append(mark.element);
    this.marks.set(id, mark);
    this.placeOne(mark);
  }

  move(id: string, lon: number, lat: number): void {
    const mark = this.marks.get(id);
    if (!mark || (mark.lon === lon && mark.lat === lat)) return;
    mark.lon = lon;
    mark.lat = lat;
    this.placeOne(mark);
  }

  remove(id: string): void {
    this.marks.get(id)?.element.remove();
    this.marks.delete(id);
  }

  setLines(source: "legs" | "closures", data: GeoJSON.FeatureCollection): void {
    this.pending.set(source, data);
    if (this.map?.isStyleLoaded() || this.map?.getSource(source)) this.write(source, data);
  }

  screen(lon: number, lat: number): { x: number; y: number } | null {
    return this.map?.project([lon, lat]) ?? null;
  }

  /** How many features of a layer are on the screen now. */
  drawnOf(layer: string): number {
    return this.map?.getLayer(layer) ? this.map.queryRenderedFeatures({ layers: [layer] }).length : 0;
  }

  zoom(by?: number): number {
    if (by !== undefined) this.map?.easeTo({ zoom: this.map.getZoom() + by, duration: stillness() ? 0 : 200 });
    return this.map?.getZoom() ?? 0;
  }

  centre(lon: number, lat: number): void {
    this.map?.resize(); // what was chosen may have opened a part of the page beside the map just now
    this.map?.easeTo({
      center: [lon, lat],
      zoom: Math.max(this.map.getZoom(), 13),
      duration: stillness() ? 0 : 500,
    });
  }

  fit(bounds: Bounds, padding = 48, maxZoom = 15): void {
    this.map?.fitBounds(bounds, { padding, maxZoom, duration: stillness() ? 0 : 500 });
  }

  wholeCity(): void {
    this.fit(this.bounds, 16);
  }

  onZoom(listener: (zoom: number) => void): void {
    this.map?.on("zoom", () => listener(this.zoom()));
    listener(this.zoom());
  }

  private write(source: string, data: GeoJSON.FeatureCollection): void {
    this.map?.getSource<GeoJSONSource>(source)?.setData(data);
  }

  private place(): void {
    for (const mark of this.marks.values()) this.placeOne(mark);
  }

  private placeOne(mark: Mark): void {
    const at = this.map?.project([mark.lon, mark.lat]);
    if (at) mark.element.style.transform = `translate(${at.x.toFixed(1)}px, ${at.y.toFixed(1)}px)`;
  }

  private repaint(): void {
    if (!this.map || prefs.theme === this.theme) return;
    this.theme = prefs.theme;
    for (const layer of layers(this.theme, this.hasTiles)) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) {
        this.map.setPaintProperty(layer.id, name as never, value as never);
      }
    }
  }
}

function create(host: HTMLElement, bounds: Bounds, tiles: string | null, theme: Theme): maplibregl.Map | null {
  try {
    return new maplibregl.Map({
      container: host,
      style: style(theme, tiles),
      bounds,
      fitBoundsOptions: { padding: 16 },
      attributionControl: false, // the page says it itself, always and in full
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 0,
      maxZoom: 19,
      minZoom: 7,
    });
  } catch {
    return null; // no WebGL: everything but the map works
  }
}
