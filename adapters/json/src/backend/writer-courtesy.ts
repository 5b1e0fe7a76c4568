import { setTimeout as delay } from "node:timers/promises";

/** How long others are believed to be writing after one last met what they wrote, in milliseconds. */
const memoryMs = 250;
/** The longest one steps aside for, in milliseconds: about as long as who waits pauses at first. */
const longestMs = 3;

/**
 * Lets other processes write. Whoever waits for the lock looks only now and then, so a process that
 * takes it again at once would keep it for seconds. Costs nothing where nobody else writes.
 */
export class WriterCourtesy {
  #own: string | undefined;
  #metOthersMs = -Infinity;

  /** @param token the revision that one found */
  found(token: string): void {
    if (this.#own !== undefined && this.#own !== token) this.#metOthersMs = performance.now();
    this.#own = token;
  }

  /** @param token the revision that one left behind */
  left(token: string): void {
    this.#own = token;
  }

  /** Waits a little where others wrote lately. */
  async stepAside(): Promise<void> {
    if (performance.now() - this.#metOthersMs < memoryMs)
      await delay(1 + Math.random() * (longestMs - 1));
  }
}
