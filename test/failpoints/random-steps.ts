import { collectionNames, nowMs, type CollectionName, type Row } from "./subject.ts";
import type { Author } from "./journal.ts";
import type { WriteStep } from "./write-step.ts";

/** Keys of an author in a collection: few, so that they are deleted and come back. */
const keysEach = 9;

/** Numbers from 0 up to 1 that are the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What an author's random steps may do. */
export interface StepLimits {
  readonly author: Author;
  readonly in: readonly CollectionName[];
  /** Collections that nobody else writes to: only there everything may go at once. */
  readonly alone: readonly CollectionName[];
}

/** Random calls of one author. No two authors touch the same key or claim the same value. */
export class RandomSteps {
  private readonly random: () => number;
  private readonly limits: StepLimits;

  constructor(seed: number, limits: StepLimits) {
    this.random = randomOf(seed);
    this.limits = limits;
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  private one<T>(choices: readonly T[], otherwise: T): T {
    return choices[this.below(choices.length)] ?? otherwise;
  }

  private key(): string {
    return `${this.limits.author}${this.below(keysEach)}`;
  }

  private row(name: CollectionName): Row {
    const n = this.below(1000);
    if (name !== "claimed") return { n };
    const owner = `${this.limits.author}-owner${this.below(4)}`;
    // Only the victim's records expire: whoever reclaims them reclaims all of them.
    const expires = this.limits.author === "victim" && this.random() < 0.5;
    return { n, owner, until: expires ? nowMs - 1 : nowMs + 1000 };
  }

  private rows(name: CollectionName): [string, Row][] {
    const rows = new Map<string, Row>();
    const owners = new Set<string | undefined>();
    for (let count = 1 + this.below(4); count > 0; count--) {
      const row = this.row(name);
      if (row.owner !== undefined && owners.has(row.owner)) continue;
      owners.add(row.owner);
      rows.set(this.key(), row);
    }
    return [...rows];
  }

  private simple(): WriteStep {
    const name = this.one(this.limits.in, "plain");
    const call = this.one(["put", "insert", "patch", "add", "delete", "delete"] as const, "put");
    if (call === "delete") return { do: call, in: name, key: this.key() };
    return { do: call, in: name, key: this.key(), row: this.row(name) };
  }

  next(): WriteStep {
    const { author, alone } = this.limits;
    const chance = this.random();
    if (chance < 0.15)
      return { do: "transaction", steps: [this.simple(), this.simple(), this.simple()] };
    const name = this.one(this.limits.in, "plain");
    if (chance < 0.3) return { do: "putMany", in: name, rows: this.rows(name) };
    if (chance < 0.36 && author === "victim") return { do: "sweep", in: "claimed" };
    const own = this.one(alone, "plain");
    if (chance < 0.4 && alone.length > 0) return { do: "clear", in: own };
    if (chance < 0.44 && alone.length > 0)
      return { do: "replaceAll", in: own, rows: this.rows(own) };
    return this.simple();
  }
}

/** Everything that both authors share from the beginning, as calls of the victim. */
export function firstSteps(): WriteStep[] {
  return collectionNames.map((name) => ({
    do: "putMany",
    in: name,
    rows: Array.from({ length: 25 }, (_, n) => {
      const until = n % 5 === 0 ? nowMs - 1 : nowMs + 1000;
      const claim = name === "claimed" ? { owner: `victim-first${n}`, until } : {};
      return [`victim${n}`, { n, ...claim }] as const;
    }),
  }));
}
