import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Stream, type StreamParts } from "../src/kit/stream";

class Source {
  static all: Source[] = [];
  static get newest(): Source {
    return Source.all[Source.all.length - 1]!;
  }
  onopen = (): void => undefined;
  onerror = (): void => undefined;
  readyState = 0;
  private readonly heard = new Map<string, (event: unknown) => void>();
  constructor(readonly url: string) {
    Source.all.push(this);
  }
  addEventListener(kind: string, listener: (event: unknown) => void): void {
    this.heard.set(kind, listener);
  }
  send(kind: string, id: string, data: unknown): void {
    this.heard.get(kind)?.({ lastEventId: id, data: JSON.stringify(data) });
  }
  breaks(readyState: number): void {
    this.readyState = readyState;
    this.onerror();
  }
  close(): void {
    this.readyState = 2;
  }
}

let loads = 0;
let states: string[] = [];
let events: unknown[] = [];

function stream(more: Partial<StreamParts> = {}): Stream {
  return new Stream({
    load: async () => `board-${++loads}`,
    url: (after) => `/v1/stream?after=${after}`,
    kinds: ["truck"],
    hear: (_, data) => events.push(data),
    state: (state) => states.push(state),
    source: (url) => new Source(url) as unknown as EventSource,
    ...more,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  Source.all = [];
  loads = 0;
  states = [];
  events = [];
});
afterEach(() => vi.useRealTimers());

it("opens after the board and goes on by the id of the last event", async () => {
  const followed = stream();
  await followed.start();
  expect(Source.newest.url).toBe("/v1/stream?after=board-1");
  Source.newest.onopen();
  Source.newest.send("truck", "17", { id: "T1" });
  expect([followed.lastId, events, states]).toEqual(["17", [{ id: "T1" }], ["live"]]);
});

it("leaves a broken connection to the browser, which resumes by Last-Event-ID", async () => {
  await stream().start();
  Source.newest.onopen();
  Source.newest.breaks(0);
  Source.newest.onopen();
  await vi.advanceTimersByTimeAsync(15_000);
  expect([Source.all.length, loads, states]).toEqual([1, 1, ["live", "reconnecting", "live"]]);
});

it("takes up what the browser gives up: fetches anew after a pause that grows", async () => {
  await stream().start();
  for (const pause of [1_000, 2_000, 4_000]) {
    Source.newest.breaks(2);
    await vi.advanceTimersByTimeAsync(pause - 1);
    const before = loads;
    await vi.advanceTimersByTimeAsync(1);
    expect(loads).toBe(before + 1);
  }
  expect(states).toEqual(["reconnecting", "reconnecting", "reconnecting", "reconnecting", "reconnecting", "lost"]);
});

it("fetches the board again on reset", async () => {
  await stream().start();
  Source.newest.onopen();
  Source.newest.send("reset", "90", {});
  await vi.advanceTimersByTimeAsync(0);
  expect(Source.newest.url).toBe("/v1/stream?after=board-2");
});

it("reopens a connection that has gone quiet, after the last event", async () => {
  await stream().start();
  Source.newest.onopen();
  Source.newest.send("truck", "21", {});
  await vi.advanceTimersByTimeAsync(40_000);
  expect([Source.newest.url, loads]).toEqual(["/v1/stream?after=21", 1]);
});

it("keeps trying while the board cannot be had, and stops where there is no use in it", async () => {
  const away = stream({ load: () => Promise.reject(new Error("away")) });
  await away.start();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(states.at(-1)).toBe("lost");
  away.stop();
  const tries = vi.fn(() => Promise.reject(new Error("no such link")));
  await stream({ load: tries, final: () => true }).start();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(tries).toHaveBeenCalledOnce();
});
