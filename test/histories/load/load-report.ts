import { latencyOf, type Latency } from "./latency.ts";

/** Errors of one code. */
export interface LoadFailure {
  readonly count: number;
  /** Message of the first one. */
  readonly first: string;
}

/** One call of a load. */
export interface LoadCall {
  readonly op: string;
  /** Of the monotonic clock, as in the history. */
  readonly startNs: string;
  readonly durationMs: number;
}

/** What a load found out, beside its history. */
export interface LoadReport {
  readonly process: string;
  readonly operations: number;
  /** By code; `UNEXPECTED` for what is no StorageError. Empty when every call did what it should. */
  readonly failures: Readonly<Record<string, LoadFailure>>;
  /** All calls, whatever their outcome. */
  readonly latency: Latency;
  readonly latencyByOperation: Readonly<Record<string, Latency>>;
  /** The longest calls, longest first. */
  readonly slowest: readonly LoadCall[];
}

const slowestCount = 5;

/** Adds up calls. */
export class LoadTally {
  private readonly failures = new Map<string, { count: number; readonly first: string }>();
  private readonly durations = new Map<string, number[]>();
  private slowest: LoadCall[] = [];

  failed(code: string, error: unknown): void {
    const known = this.failures.get(code);
    if (known === undefined) this.failures.set(code, { count: 1, first: String(error) });
    else known.count++;
  }

  took(call: LoadCall): void {
    const known = this.durations.get(call.op);
    if (known === undefined) this.durations.set(call.op, [call.durationMs]);
    else known.push(call.durationMs);
    const least = this.slowest.at(slowestCount - 1);
    if (least !== undefined && least.durationMs >= call.durationMs) return;
    this.slowest = [...this.slowest, call]
      .toSorted((one, other) => other.durationMs - one.durationMs)
      .slice(0, slowestCount);
  }

  report(process: string): LoadReport {
    const all = [...this.durations.values()].flat();
    const byOperation = Array.from(this.durations, ([op, some]) => [op, latencyOf(some)] as const);
    return {
      process,
      operations: all.length,
      failures: Object.fromEntries(this.failures),
      latency: latencyOf(all),
      latencyByOperation: Object.fromEntries(byOperation),
      slowest: this.slowest,
    };
  }
}
