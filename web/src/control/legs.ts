// The routes of rescues that are being driven: fetched when their trucks change step, one after the other.
import { api } from "../api";
import type { Rescue } from "../api";
import { isOpen } from "./rules";
import type { Store } from "./store";

const MOVING = new Set(["accepted", "en_route", "on_scene", "towing"]);

export class LegKeeper {
  private readonly known = new Map<string, string>();
  private readonly waiting: string[] = [];
  private busy = false;

  constructor(private readonly store: Store) {
    store.onChange((change) => {
      if (change === "board") this.known.clear();
      if (change === "board" || change === "rescues" || change === "selection") this.look();
    });
  }

  private look(): void {
    const selected = this.store.selectedRescue()?.id;
    for (const rescue of this.store.rescues.values()) {
      const wanted = rescue.id === selected || (isOpen(rescue) && rescue.jobs.some((job) => MOVING.has(job.status)));
      if (!wanted) {
        if (this.known.delete(rescue.id)) this.store.setLegs(rescue.id, null);
        continue;
      }
      const step = stepOf(rescue);
      if (this.known.get(rescue.id) === step) continue;
      this.known.set(rescue.id, step);
      if (!this.waiting.includes(rescue.id)) this.waiting.push(rescue.id);
    }
    void this.fetchNext();
  }

  private async fetchNext(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (let id = this.waiting.shift(); id !== undefined; id = this.waiting.shift()) {
      try {
        this.store.setLegs(id, await api.legs(id));
      } catch {
        this.known.delete(id); // asked for again with the rescue's next change
      }
    }
    this.busy = false;
  }
}

function stepOf(rescue: Rescue): string {
  return rescue.jobs.map((job) => `${job.id}:${job.status}:${job.assignment?.truck}:${job.shop?.id}`).join();
}
