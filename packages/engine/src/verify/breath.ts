import { setImmediate } from "node:timers/promises";

/** Stores that answer at once would otherwise keep everybody else waiting for a whole pass. */
const longestMs = 8;

/** Lets the other work of the process have its turn during a long pass. */
export class Breath {
  private sinceMs = performance.now();

  async take(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (performance.now() - this.sinceMs < longestMs) return;
    await setImmediate();
    signal?.throwIfAborted();
    this.sinceMs = performance.now();
  }
}
