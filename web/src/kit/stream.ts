// Server-sent events that are never silently lost: whatever breaks, the page says so and catches up.
//
// The browser itself resumes a broken connection with Last-Event-ID. What it gives up (an answer that is no stream, a
// server that stays away) is taken up here: after a pause that grows, everything is fetched anew and the stream opened
// after it. `reset` means that what was missed is no longer kept, and does the same at once.

export type Connection = "connecting" | "live" | "reconnecting" | "lost";

export type StreamParts = {
  /** Fetches the whole state and gives the id after which the stream goes on. */
  load: () => Promise<string>;
  url: (after: string) => string;
  kinds: readonly string[];
  hear: (kind: string, data: unknown) => void;
  state: (connection: Connection) => void;
  /** True where there is no use in trying again, such as a link that is not valid. */
  final?: (error: unknown) => boolean;
  source?: (url: string) => EventSource;
};

const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 15_000];
const STUCK_MS = 12_000;
const QUIET_MS = 40_000;
const CLOSED = 2;

export class Stream {
  private source: EventSource | null = null;
  private last = "";
  private failures = 0;
  private stopped = false;
  private again: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly parts: StreamParts) {}

  /** The id of the last event heard. */
  get lastId(): string {
    return this.last;
  }

  async start(): Promise<void> {
    this.close();
    if (this.stopped) return;
    try {
      this.last = await this.parts.load();
    } catch (error) {
      if (this.parts.final?.(error)) this.stop();
      else this.retry();
      return;
    }
    this.open();
  }

  stop(): void {
    this.stopped = true;
    this.close();
  }

  private open(): void {
    this.close();
    if (this.stopped) return;
    const url = this.parts.url(this.last);
    const source = this.parts.source ? this.parts.source(url) : new EventSource(url);
    this.source = source;
    source.onopen = () => {
      this.failures = 0;
      this.parts.state("live");
      this.expect(QUIET_MS, () => this.open());
    };
    source.onerror = () => {
      this.parts.state("reconnecting");
      if (source.readyState === CLOSED) this.retry();
      else this.expect(STUCK_MS, () => this.retry());
    };
    for (const kind of this.parts.kinds) {
      source.addEventListener(kind, (event) => this.heard(kind, event as MessageEvent<string>));
    }
    source.addEventListener("reset", () => void this.start());
    this.expect(STUCK_MS, () => this.retry());
  }

  private heard(kind: string, event: MessageEvent<string>): void {
    if (event.lastEventId) this.last = event.lastEventId;
    this.expect(QUIET_MS, () => this.open());
    this.parts.hear(kind, JSON.parse(event.data));
  }

  private retry(): void {
    this.close();
    if (this.stopped) return;
    this.failures += 1;
    this.parts.state(this.failures > 2 ? "lost" : "reconnecting");
    const pause = PAUSES_MS[Math.min(this.failures, PAUSES_MS.length) - 1];
    this.again = setTimeout(() => void this.start(), pause);
  }

  /** A half-open connection tells nothing: where `ms` pass without a word, `then` is done. */
  private expect(ms: number, then: () => void): void {
    clearTimeout(this.watch);
    this.watch = setTimeout(then, ms);
  }

  private close(): void {
    clearTimeout(this.again);
    clearTimeout(this.watch);
    this.source?.close();
    this.source = null;
  }
}
