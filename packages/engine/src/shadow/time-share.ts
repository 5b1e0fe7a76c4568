/** Keeps some work within a share of the time. */
export class TimeShare {
  private readonly share: number;
  private readonly now: () => number;
  private readyMs = -Infinity;

  /** @param share more than 0, at most 1; @param now a clock that never goes back, in milliseconds */
  constructor(share: number, now: () => number) {
    this.share = share;
    this.now = now;
  }

  /** Milliseconds until it is time for more; 0: now. */
  get waitMs(): number {
    return Math.max(0, this.readyMs - this.now());
  }

  /** Work that began then has ended now: the others get the rest of the time first. */
  spent(beganMs: number): void {
    const endMs = this.now();
    const tookMs = Math.max(0, endMs - beganMs);
    const from = Math.max(this.readyMs, beganMs);
    this.readyMs = Math.max(endMs, from + tookMs / this.share);
  }
}
