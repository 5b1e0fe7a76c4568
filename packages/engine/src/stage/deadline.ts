import type { StorageError } from "@cutover/core";
import type { Unit } from "../unit/unit.ts";
import { silent, tooLate } from "./refusals.ts";
import type { Silence } from "./silence.ts";

/** What a {@link Deadline} goes by. */
export interface DeadlineOptions {
  /** Writers are held off for no longer than this, in milliseconds. */
  readonly deadlineMs: number;
  /** Before that, a store may keep one waiting for so long, in milliseconds. */
  readonly mostSilentMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly silence: Silence;
}

/**
 * Does not wait for ever: once writers are held off until a moment, before that for as long as the
 * stores go on answering.
 */
export class Deadline {
  private readonly unit: Unit;
  private readonly options: DeadlineOptions;
  private endMs = Infinity;

  constructor(unit: Unit, options: DeadlineOptions) {
    this.unit = unit;
    this.options = options;
  }

  /** Writers are held off from now on. */
  begin(): void {
    this.endMs = performance.now() + this.options.deadlineMs;
  }

  /** What it has come to; undefined while there is time. */
  get refusal(): StorageError | undefined {
    const { deadlineMs, mostSilentMs, silence } = this.options;
    if (performance.now() > this.endMs) return tooLate(this.unit, deadlineMs);
    const isFrozen = Number.isFinite(this.endMs);
    return !isFrozen && silence.ms > mostSilentMs ? silent(this.unit, silence.ms) : undefined;
  }

  /** @throws StorageError LOCK_TIMEOUT; the signal's reason. The work itself goes on then. */
  async wait<T>(work: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const { signal, deadlineMs, mostSilentMs } = this.options;
    const look = (): void => {
      const { refusal } = this;
      if (refusal !== undefined) late.reject(refusal);
    };
    const onAbort = (): void => late.reject(signal?.reason);
    const timer = setInterval(look, Math.max(1, Math.min(100, deadlineMs / 20, mostSilentMs / 20)));
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      clearInterval(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }
}
