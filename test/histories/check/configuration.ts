/** A state that the registers may be in at some moment, and what has led to it. */
export interface Configuration {
  /** A value a register. */
  readonly state: readonly number[];
  /** Numbers of the operations under way that have taken effect, ascending, by kind. */
  readonly writes: readonly number[];
  readonly reads: readonly number[];
  readonly maybes: readonly number[];
}

const includesAll = (all: readonly number[], some: readonly number[]): boolean =>
  some.every((item) => all.includes(item));

/**
 * Whatever can follow `other` can follow `one`. More reads done are never a loss, as a read changes
 * nothing; fewer maybes done are none either, as nobody waits for a maybe.
 */
const covers = (one: Configuration, other: Configuration): boolean =>
  includesAll(one.reads, other.reads) && includesAll(other.maybes, one.maybes);

/** Configurations of which none makes another superfluous. */
export class ConfigurationSet {
  private readonly buckets = new Map<string, Configuration[]>();
  private readonly same: (value: number) => number;

  /** @param same for each value, what it cannot be told apart from */
  constructor(same: (value: number) => number) {
    this.same = same;
  }

  /** @returns false when what is there covers it already */
  add(configuration: Configuration): boolean {
    const name = `${configuration.state.map(this.same).join()}|${configuration.writes.join()}`;
    const bucket = this.buckets.get(name) ?? [];
    if (bucket.some((known) => covers(known, configuration))) return false;
    const kept = bucket.filter((known) => !covers(configuration, known));
    kept.push(configuration);
    this.buckets.set(name, kept);
    return true;
  }

  all(): Configuration[] {
    return [...this.buckets.values()].flat();
  }
}
