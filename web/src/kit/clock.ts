// The service's clock. In a demo it runs faster than the wall's; every time on a page is this clock's.

export class ServiceClock {
  private serviceMs = Date.now();
  private wallMs = 0;
  speed = 1;

  /** `wall` is a steady clock of the browser in milliseconds (performance.now). */
  constructor(private readonly wall: () => number = () => performance.now()) {
    this.wallMs = wall();
  }

  /** Sets the clock by an answer of the service. */
  anchor(nowAt: string, speed: number): void {
    this.serviceMs = Date.parse(nowAt);
    this.wallMs = this.wall();
    this.speed = speed;
  }

  /** An instant that the service has just stated: the clock cannot be behind it. */
  hear(at: string): void {
    const heard = Date.parse(at);
    if (heard > this.nowMs()) {
      this.serviceMs = heard;
      this.wallMs = this.wall();
    }
  }

  /** Milliseconds since 1970 on the service clock. */
  nowMs(): number {
    return this.serviceMs + (this.wall() - this.wallMs) * this.speed;
  }

  /** Seconds from now until an instant; negative once it has passed. */
  until_s(at: string): number {
    return (Date.parse(at) - this.nowMs()) / 1000;
  }

  /** Seconds since an instant, never negative. */
  since_s(at: string): number {
    return Math.max(0, -this.until_s(at));
  }
}
