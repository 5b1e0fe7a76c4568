import { ConfigurationSet, type Configuration } from "./configuration.ts";
import { Maybes, meets, nextOf, sameValues } from "./maybes.ts";
import { absent, nothing, type Part, type PartOperation } from "./part.ts";

/** Where a search came to its end without an order. */
export interface DeadEnd {
  /** The operation that cannot have happened by the time it returned. */
  readonly operation: PartOperation;
  /** What the registers could hold when it returned, operations under way left aside. */
  readonly before: readonly Configuration[];
}

/** What a search found. */
export type SearchResult =
  | { readonly verdict: "linearizable" }
  | { readonly verdict: "violated"; readonly deadEnd: DeadEnd }
  /** More configurations than were allowed. */
  | { readonly verdict: "undecided" };

/** Answers and calls of one moment count as overlapping: nothing tells which came first. */
interface Moment {
  readonly atNs: number;
  readonly returns: boolean;
  readonly index: number;
}

/**
 * Looks for an order of a part's operations, each within its interval, that a set of registers would
 * answer the same. Walks through time and decides an operation's place only when it must (Lowe's
 * just-in-time linearisation), keeping every configuration that may still matter.
 */
export function searchPart(part: Part, maxConfigurations: number): SearchResult {
  return new Search(part, maxConfigurations).run();
}

function momentsOf(operations: readonly PartOperation[]): Moment[] {
  const moments: Moment[] = [];
  for (const [index, { startNs, endNs }] of operations.entries()) {
    moments.push({ atNs: startNs, returns: false, index });
    if (endNs !== Infinity) moments.push({ atNs: endNs, returns: true, index });
  }
  return moments.toSorted(
    (one, other) => one.atNs - other.atNs || Number(one.returns) - Number(other.returns),
  );
}

class Search {
  private readonly operations: readonly PartOperation[];
  private readonly maxConfigurations: number;
  private readonly reads = new Set<number>();
  private readonly writes = new Set<number>();
  private readonly maybes: Maybes;
  private readonly same: (value: number) => number;
  private current: readonly Configuration[];

  constructor(part: Part, maxConfigurations: number) {
    this.operations = part.operations;
    this.maxConfigurations = maxConfigurations;
    this.same = sameValues(part.operations);
    this.maybes = new Maybes(part.operations, this.same);
    const state = part.registers.map(() => absent);
    this.current = [{ state, writes: [], reads: [], maybes: [] }];
  }

  run(): SearchResult {
    for (const { index, returns } of momentsOf(this.operations)) {
      if (!returns) {
        this.enter(index);
        continue;
      }
      const next = this.leave(index);
      if (next === undefined) return { verdict: "undecided" };
      if (next.length === 0) {
        const deadEnd = { operation: this.operation(index), before: this.current };
        return { verdict: "violated", deadEnd };
      }
      this.current = this.withoutCertain(next);
    }
    return { verdict: "linearizable" };
  }

  private operation(index: number): PartOperation {
    const operation = this.operations[index];
    if (operation === undefined) throw new RangeError(`there is no operation ${index}`);
    return operation;
  }

  private enter(index: number): void {
    const { kind } = this.operation(index);
    if (kind === "maybe") this.maybes.enter(index);
    else (kind === "read" ? this.reads : this.writes).add(index);
    if (kind === "read")
      this.current = this.current.map((configuration) => this.withReads(configuration));
  }

  /** @returns what is possible once the operation has returned; undefined when that is too much */
  private leave(index: number): Configuration[] | undefined {
    const after = new ConfigurationSet(this.same);
    const seen = new ConfigurationSet(this.same);
    const queue = [...this.current];
    const kinds = this.maybes.useful([...this.reads, ...this.writes]);
    for (const configuration of queue) {
      if (isDone(configuration, index)) {
        after.add(without(configuration, index));
        continue;
      }
      if (this.fits(configuration, index))
        after.add(without(this.apply(configuration, index), index));
      const maybes = kinds.map((members) => nextOf(members, configuration));
      for (const other of [...this.writes, ...maybes]) {
        if (other === undefined || other === index || isDone(configuration, other)) continue;
        if (!this.fits(configuration, other)) continue;
        const next = this.apply(configuration, other);
        if (seen.add(next)) queue.push(next);
      }
      if (queue.length > this.maxConfigurations) return undefined;
    }
    this.reads.delete(index);
    this.writes.delete(index);
    return after.all();
  }

  /** Maybes that are done in every configuration need not be carried along any further. */
  private withoutCertain(configurations: readonly Configuration[]): readonly Configuration[] {
    const [first, ...others] = configurations;
    const certain = new Set(
      first?.maybes.filter((maybe) => others.every(({ maybes }) => maybes.includes(maybe))),
    );
    if (certain.size === 0) return configurations;
    this.maybes.leave(certain);
    return configurations.map((configuration) => ({
      ...configuration,
      maybes: configuration.maybes.filter((maybe) => !certain.has(maybe)),
    }));
  }

  private fits({ state }: Configuration, index: number): boolean {
    return this.operation(index).steps.every(({ register, expects }) =>
      meets(state[register] ?? absent, expects),
    );
  }

  private apply(before: Configuration, index: number): Configuration {
    const { kind, steps } = this.operation(index);
    if (kind === "read") return { ...before, reads: inserted(before.reads, index) };
    const state = [...before.state];
    for (const { register, leaves } of steps) if (leaves !== nothing) state[register] = leaves;
    const done =
      kind === "write"
        ? { ...before, state, writes: inserted(before.writes, index) }
        : { ...before, state, maybes: inserted(before.maybes, index) };
    return this.withReads(done);
  }

  /** A read that fits now can be taken as done now: it changes nothing for anybody. */
  private withReads(configuration: Configuration): Configuration {
    let reads = configuration.reads;
    for (const index of this.reads)
      if (!reads.includes(index) && this.fits(configuration, index)) reads = inserted(reads, index);
    return reads === configuration.reads ? configuration : { ...configuration, reads };
  }
}

const inserted = (sorted: readonly number[], item: number): readonly number[] =>
  [...sorted, item].toSorted((one, other) => one - other);

const isDone = ({ writes, reads, maybes }: Configuration, index: number): boolean =>
  writes.includes(index) || reads.includes(index) || maybes.includes(index);

const without = (configuration: Configuration, index: number): Configuration => ({
  ...configuration,
  writes: configuration.writes.filter((item) => item !== index),
  reads: configuration.reads.filter((item) => item !== index),
});
