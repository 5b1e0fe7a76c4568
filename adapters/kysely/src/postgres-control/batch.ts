interface Pending<Call, Result> {
  readonly call: Call;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** So many calls share one statement at most, so that it stays short. */
const mostCalls = 256;

/** Calls that come while a statement is under way share the next one, and its commit. */
export class Batch<Call, Result> {
  /** Answers each call in the order of the calls. */
  private readonly run: (calls: readonly Call[]) => Promise<readonly Result[]>;
  private pending: Pending<Call, Result>[] = [];
  private flushing: Promise<void> | undefined;

  constructor(run: (calls: readonly Call[]) => Promise<readonly Result[]>) {
    this.run = run;
  }

  add(call: Call): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.pending.push({ call, resolve, reject });
    this.flushing ??= this.flush();
    return promise;
  }

  /** Resolves when nothing is pending. */
  async idle(): Promise<void> {
    await this.flushing;
  }

  private async flush(): Promise<void> {
    // Whoever calls in the same turn comes along.
    await Promise.resolve();
    while (this.pending.length > 0) await this.runSome(this.pending.splice(0, mostCalls));
    this.flushing = undefined;
  }

  private async runSome(group: readonly Pending<Call, Result>[]): Promise<void> {
    try {
      const results = await this.run(group.map(({ call }) => call));
      for (const [index, result] of results.entries()) group[index]?.resolve(result);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
