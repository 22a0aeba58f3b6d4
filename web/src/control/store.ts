// All that the control room knows: the board, and the events that have come since. Views read it and never write it.
import {
  api,
  type Board,
  type City,
  type Closure,
  type Decision,
  type GoneClosure,
  type Health,
  type Legs,
  type Positions,
  type Rescue,
  type Shop,
  type Truck,
} from "../api";
import { ServiceClock } from "../kit/clock";
import type { Connection } from "../kit/stream";
import { isOpen, LastWords } from "./rules";

export const EVENTS = ["truck", "positions", "rescue", "decision", "shop", "closure", "health"] as const;
export type Selection = { kind: "rescue" | "truck"; id: string } | null;
export type Change = "board" | "positions" | "trucks" | "rescues" | "decisions" | "map" | "health" | "selection" | "legs";

const KEPT_DECISIONS = 50;
const KEPT_MS = 2 * 3600 * 1000;

export class Store {
  readonly clock = new ServiceClock();
  city: City | null = null;
  trucks = new Map<string, Truck>();
  rescues = new Map<string, Rescue>();
  shops = new Map<string, Shop>();
  closures = new Map<string, Closure>();
  decisions: Decision[] = [];
  /** Outlives the decisions that are listed: an alarm stands for as long as its job is open. */
  readonly words = new LastWords();
  health: Health | null = null;
  connection: Connection = "connecting";
  selection: Selection = null;
  legs = new Map<string, Legs>();
  boards = 0;
  private readonly listeners = new Set<(change: Change) => void>();

  onChange(listener: (change: Change) => void): void {
    this.listeners.add(listener);
  }

  private tell(change: Change): void {
    for (const listener of this.listeners) listener(change);
  }

  async load(): Promise<string> {
    this.city ??= await api.city();
    const board = await api.board();
    this.take(board);
    return board.stream_id;
  }

  take(board: Board): void {
    this.clock.anchor(board.now_at, board.speed);
    this.trucks = keyed(board.trucks);
    this.rescues = keyed(board.rescues);
    this.shops = keyed(board.shops);
    this.closures = keyed(board.closures);
    this.decisions = board.decisions;
    this.words.take(board.decisions);
    this.health = board.health;
    this.legs.clear();
    this.boards += 1;
    this.tell("board");
  }

  connected(connection: Connection): void {
    this.connection = connection;
    this.tell("health");
  }

  hear(kind: string, data: unknown): void {
    switch (kind) {
      case "truck":
        return this.newer(this.trucks, data as Truck, "trucks");
      case "rescue":
        return this.rescue(data as Rescue);
      case "shop":
        return this.newer(this.shops, data as Shop, "map");
      case "positions":
        return this.positions(data as Positions);
      case "decision":
        return this.decision(data as Decision);
      case "closure":
        return this.closure(data as Closure | GoneClosure);
      case "health":
        this.health = data as Health;
        return this.tell("health");
    }
  }

  select(selection: Selection): void {
    this.selection = selection;
    this.tell("selection");
  }

  setLegs(rescue: string, legs: Legs | null): void {
    if (legs) this.legs.set(rescue, legs);
    else this.legs.delete(rescue);
    this.tell("legs");
  }

  selectedRescue(): Rescue | undefined {
    if (this.selection?.kind === "rescue") return this.rescues.get(this.selection.id);
    const truck = this.selectedTruck();
    return truck?.rescue ? this.rescues.get(truck.rescue) : undefined;
  }

  selectedTruck(): Truck | undefined {
    return this.selection?.kind === "truck" ? this.trucks.get(this.selection.id) : undefined;
  }

  openRescues(): Rescue[] {
    return [...this.rescues.values()].filter(isOpen);
  }

  /** What a resumed stream repeats must not undo what is known already. */
  private newer<T extends { id: string; version: number }>(known: Map<string, T>, told: T, change: Change): void {
    if ((known.get(told.id)?.version ?? -1) > told.version) return;
    known.set(told.id, told);
    this.tell(change);
  }

  private rescue(told: Rescue): void {
    this.newer(this.rescues, told, "rescues");
    const long = this.clock.nowMs() - KEPT_MS;
    for (const [id, rescue] of this.rescues) {
      if (!rescue.ended_at || Date.parse(rescue.ended_at) >= long) continue;
      this.rescues.delete(id);
      this.words.forget(rescue);
    }
  }

  private positions(told: Positions): void {
    this.clock.hear(told.at);
    for (const [id, lon, lat, heading_deg, atMs, stale] of told.items) {
      const truck = this.trucks.get(id);
      if (!truck) continue;
      const before = truck.position;
      if (before && Date.parse(before.at) > atMs) continue;
      const at = new Date(atMs).toISOString();
      const age_s = (this.clock.nowMs() - atMs) / 1000;
      const rest = before ?? { speed_kmh: null, accuracy_m: null, source: "" };
      this.trucks.set(id, { ...truck, position: { ...rest, lon, lat, heading_deg, at, age_s, stale } });
    }
    this.tell("positions");
  }

  private decision(told: Decision): void {
    if (this.decisions.some((known) => known.seq === told.seq && same(known, told))) return;
    this.words.take([told]);
    this.decisions = [told, ...this.decisions].sort((a, b) => b.seq - a.seq).slice(0, KEPT_DECISIONS);
    this.tell("decisions");
  }

  private closure(told: Closure | GoneClosure): void {
    if ("gone" in told) this.closures.delete(told.id);
    else this.closures.set(told.id, told);
    this.tell("map");
  }
}

function keyed<T extends { id: string }>(items: T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}

function same(a: Decision, b: Decision): boolean {
  return a.kind === b.kind && a.job === b.job && a.truck === b.truck;
}
