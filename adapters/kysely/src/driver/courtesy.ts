import { setImmediate as turnOfTheLoop } from "node:timers/promises";

/** How long calls may follow one another without the event loop having a turn, in milliseconds. */
const sliceMs = 10;
/** Looking at the clock costs as much as a hundredth of a read, so not every read does. */
const callsPerLook = 32;

/**
 * Lets the event loop run now and then. A database that answers at once never waits for anything,
 * so a caller's loop over awaited calls would keep timers and sockets waiting until it ends.
 */
export class Courtesy {
  private calls = 0;
  private endMs = performance.now() + sliceMs;

  /** True when it is time for {@link pause}. */
  isDue(): boolean {
    if (++this.calls < callsPerLook) return false;
    this.calls = 0;
    return performance.now() >= this.endMs;
  }

  /** Lets the event loop have its turn. */
  async pause(): Promise<void> {
    await turnOfTheLoop();
    this.endMs = performance.now() + sliceMs;
  }

  /** Lets the event loop have its turn where it has waited long enough. */
  async pauseIfDue(): Promise<void> {
    if (performance.now() >= this.endMs) await this.pause();
  }
}
