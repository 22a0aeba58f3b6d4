// What the person at the roadside is told: the Track, kept up to date by its stream.
import { api, Problem, type Track, type TrackJob, type TrackPosition } from "../api";
import { ServiceClock } from "../kit/clock";
import { Stream, type Connection } from "../kit/stream";

export class TrackState {
  readonly clock = new ServiceClock();
  track: Track | null = null;
  connection: Connection = "connecting";
  invalid = false;
  /** Shown beside the times: the city's zone where the service names it, else the phone's own. */
  zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  credit = "";
  tiles: string | null = null;
  demo = false;
  readonly stream: Stream;

  constructor(
    private readonly token: string,
    private readonly changed: () => void,
  ) {
    this.stream = new Stream({
      load: () => this.load(),
      url: (after) => api.trackStream(token, after),
      kinds: ["track", "position"],
      hear: (kind, data) => this.hear(kind, data),
      state: (connection) => {
        this.connection = connection;
        changed();
      },
      final: (error) => error instanceof Problem && [400, 401, 403, 404, 410].includes(error.status),
    });
  }

  /** The job whose truck the page is about first: the least advanced one that still goes on. */
  get jobs(): TrackJob[] {
    return this.track?.jobs ?? [];
  }

  private async load(): Promise<string> {
    try {
      const track = await api.track(this.token);
      this.take(track);
      return track.stream_id;
    } catch (error) {
      if (error instanceof Problem && error.status < 500 && error.status !== 429) {
        this.invalid = true;
        this.changed();
      }
      throw error;
    }
  }

  private take(track: Track): void {
    this.clock.anchor(track.now_at, track.speed);
    this.track = track;
    this.changed();
  }

  private hear(kind: string, data: unknown): void {
    if (kind === "track") this.take(data as Track);
    else this.position(data as TrackPosition);
  }

  private position(told: TrackPosition): void {
    if (!this.track) return;
    if (told.position) this.clock.hear(told.position.at);
    this.track = {
      ...this.track,
      positions_ok: this.track.positions_ok || told.position !== null,
      jobs: this.track.jobs.map((job) =>
        job.id === told.job ? { ...job, position: told.position, eta: told.eta, delivery_eta: told.delivery_eta } : job,
      ),
    };
    this.changed();
  }
}
