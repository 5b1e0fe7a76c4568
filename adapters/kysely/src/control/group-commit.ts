import { setImmediate as nextTurn } from "node:timers/promises";
import type { NativeSession } from "../sqlite/native-session.ts";
import { transactNow, whenFree } from "./transact.ts";

interface Part {
  work(): void;
  resolve(): void;
  reject(error: unknown): void;
}

/** So many callers share one transaction at most, so that it stays short. */
const mostParts = 256;

/** Changes that callers ask for in one turn of the event loop share one transaction. */
export class GroupCommit {
  private readonly session: NativeSession;
  /** Throws when the store may no longer be written to. */
  private readonly check: () => void;
  private pending: Part[] = [];
  private flushing: Promise<void> | undefined;

  constructor(session: NativeSession, check: () => void) {
    this.session = session;
    this.check = check;
  }

  /** Runs `work` inside a transaction; it may be run again when the first try came to nothing. */
  run<T>(work: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let result: { readonly value: T } | undefined;
    this.pending.push({
      work: () => {
        result = { value: work() };
      },
      resolve: () => result !== undefined && resolve(result.value),
      reject,
    });
    this.flushing ??= this.flush();
    return promise;
  }

  /** Resolves when nothing is pending. */
  async idle(): Promise<void> {
    await this.flushing;
  }

  private async flush(): Promise<void> {
    do {
      // Whoever is ready in this turn comes along, and the event loop is never starved.
      await nextTurn();
      await this.commitGroup();
    } while (this.pending.length > 0);
    this.flushing = undefined;
  }

  private async commitGroup(): Promise<void> {
    let group: Part[] = [];
    try {
      await whenFree(() => {
        this.check();
        transactNow(this.session, () => {
          // Only once the lock is held is it settled who comes along.
          if (group.length === 0) group = this.pending.splice(0, mostParts);
          for (const part of group) part.work();
        });
      });
    } catch (error) {
      if (group.length === 0) group = this.pending.splice(0);
      for (const part of group) part.reject(error);
      return;
    }
    for (const part of group) part.resolve();
  }
}
