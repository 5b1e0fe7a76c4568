import { setTimeout as sleep } from "node:timers/promises";
import { StorageError, type LockMode, type LockOptions, type TurnQueue } from "@cutover/core";

const shortestMs = 0.5;
const longestMs = 4;

/** How long somebody still waits. */
export class LockPatience {
  private readonly what: string;
  private readonly options: LockOptions;
  private readonly endMs: number;

  constructor(name: string, mode: LockMode, options: LockOptions) {
    this.what = `the ${mode} lock "${name}"`;
    this.options = options;
    this.endMs = performance.now() + options.timeoutMs;
  }

  private remainingMs(): number {
    return this.endMs - performance.now();
  }

  private expired(cause?: unknown): StorageError {
    const { timeoutMs } = this.options;
    const message = `${this.what} was not to be had for ${timeoutMs} ms; nothing was changed`;
    return new StorageError("LOCK_TIMEOUT", message, { cause });
  }

  async turn(turns: TurnQueue): Promise<() => void> {
    const { timeoutMs, signal } = this.options;
    try {
      return await turns.take({ timeoutMs, signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw this.expired(error);
    }
  }

  /** Tries until it succeeds: at least once, and a last time when the time is up. */
  async until(attempt: () => boolean): Promise<void> {
    const { timeoutMs, signal } = this.options;
    while (!attempt()) {
      if (timeoutMs <= 0 || this.remainingMs() <= 0) throw this.expired();
      const pauseMs = shortestMs + Math.random() * (longestMs - shortestMs);
      await sleep(Math.min(pauseMs, Math.max(0, this.remainingMs())));
      signal?.throwIfAborted();
    }
  }
}
