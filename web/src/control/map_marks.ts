// What the control room puts on its map: trucks that glide, scenes, shops, closures and routes.
import { h, render } from "preact";
import type { LegProperties, Rescue, Truck } from "../api";
import { age } from "../kit/format";
import { left, Motion } from "../kit/motion";
import { prefs, stillness } from "../kit/prefs";
import type { CityMap } from "../map/city_map";
import { SceneShape, ShopShape, TruckShape, turns } from "../map/shapes";
import { t, word } from "../texts";
import { isLate, isOpen, phase, placeOf } from "./rules";
import { ageOf, isStale } from "./stale";
import type { Store } from "./store";

const LABEL_ZOOM = 12.5;

export class MapMarks {
  readonly motion = new Motion();
  private readonly looks = new Map<string, string>();
  private frame = 0;

  constructor(
    private readonly map: CityMap,
    private readonly store: Store,
    host: HTMLElement,
  ) {
    store.onChange((change) => {
      if (change === "positions") this.drawMoved();
      else if (change === "legs" || change === "selection") this.drawLegs();
      if (change !== "positions") this.draw();
    });
    prefs.onChange(() => this.draw());
    map.onZoom((zoom) => host.classList.toggle("labels", zoom >= LABEL_ZOOM));
    this.draw();
    this.drawLegs();
    setInterval(() => this.drawTrucks(), 1000); // ages grow where nothing is heard
  }

  private draw(): void {
    this.drawTrucks();
    this.drawScenes();
    this.drawShops();
    this.drawClosures();
  }

  private drawMoved(): void {
    this.drawTrucks();
    if (this.store.selectedRescue()) this.drawLegs();
  }

  private drawTrucks(): void {
    const now = performance.now();
    for (const truck of this.store.trucks.values()) {
      const { position } = truck;
      const id = `truck/${truck.id}`;
      if (!position) {
        this.drop(id);
        continue;
      }
      this.motion.hear(truck.id, position.lon, position.lat, position.heading_deg, now, stillness());
      this.look(id, this.truckLook(truck), position.lon, position.lat, () => this.truckMark(truck));
    }
    for (const id of this.looks.keys()) {
      if (id.startsWith("truck/") && !this.store.trucks.has(id.slice(6))) this.drop(id);
    }
    if (!this.frame) this.frame = requestAnimationFrame(() => this.glide());
  }

  private glide(): void {
    const now = performance.now();
    for (const truck of this.store.trucks.values()) {
      const place = this.motion.at(truck.id, now);
      if (!place) continue;
      const id = `truck/${truck.id}`;
      this.map.move(id, place.lon, place.lat);
      const shape = this.map.marks.get(id)?.element.querySelector<SVGElement>("svg");
      if (shape && turns(truck.status) && place.heading !== null) {
        shape.style.transform = `rotate(${Math.round(place.heading)}deg)`;
      }
    }
    this.frame = this.motion.moving(now) ? requestAnimationFrame(() => this.glide()) : 0;
  }

  private truckLook(truck: Truck): string {
    const stale = isStale(truck, this.store.clock);
    const selected = this.store.selectedTruck()?.id === truck.id || this.serves(truck);
    return [truck.status, selected, stale, this.told(truck), prefs.language].join();
  }

  /** The age of a place that is not what it should be: stale, or of a truck that can go on no more. */
  private told(truck: Truck): string {
    const shown = truck.status === "out_of_service" || isStale(truck, this.store.clock);
    return shown ? age(ageOf(truck, this.store.clock)) : "";
  }

  private serves(truck: Truck): boolean {
    return truck.rescue !== null && this.store.selectedRescue()?.id === truck.rescue;
  }

  private truckMark(truck: Truck): HTMLElement {
    const stale = isStale(truck, this.store.clock);
    const told = this.told(truck);
    const place = told && `, ${t(stale ? "position_stale" : "position_age", { age: told })}`;
    const label = `${t("truck")} ${truck.id}, ${word("truck", truck.status)}${place}`;
    const selected = this.store.selectedTruck()?.id === truck.id || this.serves(truck);
    const mark = this.button(`mark mark-truck on-${truck.status}`, label, selected, () =>
      this.store.select({ kind: "truck", id: truck.id }),
    );
    mark.dataset["truck"] = truck.id;
    mark.dataset["stale"] = String(stale);
    render([h(TruckShape, { status: truck.status, size: 22 }), h("span", { class: "mark-label" }, truck.id, told && h("em", null, told))], mark);
    return mark;
  }

  private drawScenes(): void {
    for (const rescue of this.store.rescues.values()) {
      const id = `scene/${rescue.id}`;
      if (!isOpen(rescue)) {
        this.drop(id);
        continue;
      }
      const late = isLate(rescue, this.store.clock.nowMs());
      const selected = this.store.selectedRescue()?.id === rescue.id;
      const look = [phase(rescue), late, selected, rescue.held, prefs.language].join();
      const { lon, lat } = placeOf(rescue);
      this.look(id, look, lon, lat, () => this.sceneMark(rescue, late, selected));
    }
    for (const id of this.looks.keys()) {
      if (id.startsWith("scene/") && !this.store.rescues.has(id.slice(6))) this.drop(id);
    }
  }

  private sceneMark(rescue: Rescue, late: boolean, selected: boolean): HTMLElement {
    const label = `${t("rescue")} ${rescue.case_ref}, ${word("job", rescue.status)}`;
    const classes = `mark mark-scene${late ? " alarm" : ""}${rescue.held ? " held" : ""}`;
    const mark = this.button(classes, label, selected, () => this.store.select({ kind: "rescue", id: rescue.id }));
    mark.dataset["scene"] = rescue.id;
    render([h(SceneShape, { phase: phase(rescue), late, size: 26 }), h("span", { class: "mark-label" }, rescue.case_ref)], mark);
    return mark;
  }

  private drawShops(): void {
    for (const shop of this.store.shops.values()) {
      const free = shop.closed ? ` ${t("shop_closed")}` : shop.places === null ? "" : ` ${shop.free_places ?? "?"}/${shop.places}`;
      this.look(`shop/${shop.id}`, shop.name + free, shop.lon, shop.lat, () => {
        const mark = document.createElement("div");
        mark.className = "mark mark-shop";
        mark.title = shop.name + free;
        render([h(ShopShape, { size: 14 }), h("span", { class: "mark-label" }, shop.name, free && h("em", null, free))], mark);
        return mark;
      });
    }
  }

  private drawClosures(): void {
    const features = [...this.store.closures.values()].map(
      (closure): GeoJSON.Feature => ({
        type: "Feature",
        geometry: closure.geometry,
        properties: { active: closure.active, reason: closure.reason },
      }),
    );
    this.map.setLines("closures", { type: "FeatureCollection", features });
  }

  private drawLegs(): void {
    const chosen = this.store.selectedRescue()?.id;
    const features: GeoJSON.Feature<GeoJSON.LineString, LegProperties & { chosen: boolean }>[] = [];
    for (const [rescue, legs] of this.store.legs) {
      for (const leg of legs.features) {
        if (leg.properties.kind === "driven" && rescue !== chosen) continue;
        const properties = { ...leg.properties, chosen: rescue === chosen };
        features.push({ ...leg, geometry: this.ahead(leg), properties });
      }
      this.tellMotion(legs.features);
    }
    features.sort((a, b) => Number(a.properties.chosen) - Number(b.properties.chosen));
    this.map.setLines("legs", { type: "FeatureCollection", features });
  }

  /** The part of the chosen rescue's way that its truck still has before it. */
  private ahead({ geometry, properties }: GeoJSON.Feature<GeoJSON.LineString, LegProperties>): GeoJSON.LineString {
    const truck = this.store.trucks.get(properties.truck);
    const driving = truck?.status === "en_route" ? "to_scene" : truck?.status === "loaded" ? "tow" : null;
    if (properties.kind !== "ahead" || properties.leg !== driving || !truck?.position) return geometry;
    const rest = left(geometry.coordinates, truck.position.lon, truck.position.lat);
    return { type: "LineString", coordinates: rest.map((pair) => [...pair]) };
  }

  /** Each truck glides along the leg that it is on: to the scene until it has loaded, the tow from then on. */
  private tellMotion(legs: readonly GeoJSON.Feature<GeoJSON.LineString, LegProperties>[]): void {
    for (const { geometry, properties } of legs) {
      const status = this.store.trucks.get(properties.truck)?.status;
      const leg = status === "loaded" || status === "at_shop" ? "tow" : "to_scene";
      if (properties.kind === "ahead" && properties.leg === leg) this.motion.route(properties.truck, geometry.coordinates);
    }
  }

  private look(id: string, look: string, lon: number, lat: number, make: () => HTMLElement): void {
    if (this.looks.get(id) === look) {
      if (!id.startsWith("truck/")) this.map.move(id, lon, lat);
      return;
    }
    this.looks.set(id, look);
    const before = this.map.marks.get(id);
    const focused = before !== undefined && before.element === document.activeElement;
    const element = make();
    const place = id.startsWith("truck/") ? this.motion.at(id.slice(6), performance.now()) : null;
    this.map.put(id, { element, lon: place?.lon ?? lon, lat: place?.lat ?? lat });
    if (focused) element.focus();
  }

  private drop(id: string): void {
    this.looks.delete(id);
    this.map.remove(id);
    if (id.startsWith("truck/")) this.motion.forget(id.slice(6));
  }

  private button(classes: string, label: string, selected: boolean, act: () => void): HTMLButtonElement {
    const mark = document.createElement("button");
    mark.type = "button";
    mark.tabIndex = -1; // the lists are the way there by keyboard; fifty marks would bury everything else
    mark.className = classes + (selected ? " selected" : "");
    mark.setAttribute("aria-label", label);
    mark.title = label;
    mark.addEventListener("click", (event) => {
      event.stopPropagation();
      act();
    });
    return mark;
  }
}
