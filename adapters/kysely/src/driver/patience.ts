import type { MaybePromise } from "@cutover/core";
import { backOff } from "./back-off.ts";
import { busyFor } from "./write-request.ts";

/** How long reads and the preparation of tables wait for a busy database, in milliseconds. */
export const patienceMs = 10_000;

/** Repeats reads while somebody else is in the way, which is rare and short. */
export class Patience {
  private readonly isBusy: (error: unknown) => boolean;

  constructor(isBusy: (error: unknown) => boolean) {
    this.isBusy = isBusy;
  }

  /** Answers at once where `work` does. @throws StorageError LOCK_TIMEOUT; what `work` throws */
  run<T>(work: () => MaybePromise<T>): MaybePromise<T> {
    try {
      const result = work();
      return result instanceof Promise
        ? result.catch((error: unknown) => this.again(work, error))
        : result;
    } catch (error) {
      return this.again(work, error);
    }
  }

  private async again<T>(work: () => MaybePromise<T>, first: unknown): Promise<T> {
    const endMs = performance.now() + patienceMs;
    let error = first;
    while (this.isBusy(error)) {
      if (performance.now() > endMs) throw busyFor(patienceMs);
      await backOff();
      try {
        return await work();
      } catch (next) {
        error = next;
      }
    }
    throw error;
  }
}
