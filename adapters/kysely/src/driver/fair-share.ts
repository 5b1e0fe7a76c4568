import { backOff } from "./back-off.ts";

/** How long one process goes on writing while others wait, in milliseconds. */
const burstMs = 10;
/** How long others are believed to be waiting after one last met them, in milliseconds. */
const memoryMs = 1000;

/**
 * Lets other processes write. Whoever waits for the lock looks only every few milliseconds, so a
 * process that takes it again at once would keep it for seconds. Costs nothing where nobody waits.
 */
export class FairShare {
  private metOthersMs = -Infinity;
  private burstStartMs = -Infinity;

  /** The lock was taken by somebody else. */
  metOthers(): void {
    this.metOthersMs = performance.now();
    this.burstStartMs = Infinity;
  }

  /** The lock is ours. */
  gotTurn(): void {
    if (this.burstStartMs === Infinity) this.burstStartMs = performance.now();
  }

  /** Waits a little where others may be waiting and had no turn for long enough. */
  async stepAside(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.metOthersMs > memoryMs || nowMs - this.burstStartMs < burstMs) return;
    this.burstStartMs = Infinity;
    await backOff();
  }
}
