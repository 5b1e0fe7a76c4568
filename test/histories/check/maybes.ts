import type { Configuration } from "./configuration.ts";
import { absent, nothing, present, type PartOperation, type PartStep } from "./part.ts";

/** Whether a register's value is what an operation demands. */
export const meets = (value: number, expected: number): boolean =>
  expected === nothing || (expected === present ? value > absent : value === expected);

/** Stands for all values that nobody ever reads: they cannot be told apart. */
const unread = -3;

/** @returns for each value, what it is the same as */
export function sameValues(operations: readonly PartOperation[]): (value: number) => number {
  const read = new Set<number>();
  for (const { steps } of operations) for (const { expects } of steps) read.add(expects);
  return (value) => (value <= absent || read.has(value) ? value : unread);
}

const changes = (steps: readonly PartStep[]): readonly PartStep[] =>
  steps.filter(({ leaves }) => leaves !== nothing);

function sees(demands: readonly PartStep[], steps: readonly PartStep[]): boolean {
  return changes(steps).some(({ register, leaves }) =>
    demands.some(
      (demand) =>
        demand.register === register && demand.expects !== nothing && meets(leaves, demand.expects),
    ),
  );
}

/**
 * Operations under way whose outcome is unknown, for ever. There may be many, so those that cannot
 * matter now, and those that are as good as another, are not tried.
 */
export class Maybes {
  private readonly operations: readonly PartOperation[];
  private readonly same: (value: number) => number;
  /** By what they do: the members of a kind are equal but for their start. */
  private readonly kinds = new Map<string, Set<number>>();
  /** Whether anybody in the whole history may see what a kind leaves. */
  private readonly seenOnce = new Map<string, boolean>();

  constructor(operations: readonly PartOperation[], same: (value: number) => number) {
    this.operations = operations;
    this.same = same;
  }

  private steps(index: number): readonly PartStep[] {
    return this.operations[index]?.steps ?? [];
  }

  private kind(index: number): string {
    return this.steps(index)
      .map(({ register, expects, leaves }) => `${register}:${expects}:${this.same(leaves)}`)
      .join();
  }

  enter(index: number): void {
    const kind = this.kind(index);
    const members = this.kinds.get(kind);
    if (members === undefined) this.kinds.set(kind, new Set([index]));
    else members.add(index);
  }

  /** Forgets those that are done whatever happened. */
  leave(indexes: Iterable<number>): void {
    for (const index of indexes) {
      const kind = this.kind(index);
      const members = this.kinds.get(kind);
      members?.delete(index);
      if (members?.size === 0) this.kinds.delete(kind);
    }
  }

  /**
   * Kinds worth trying. A maybe need not happen, so one that happens is seen by somebody. One that
   * changes a single register can be put off until right before that: while nobody under way could
   * see it, it is not tried. One that changes more may be overwritten in part before it is seen.
   */
  useful(underWay: readonly number[]): ReadonlySet<number>[] {
    const useful: ReadonlySet<number>[] = [];
    for (const [kind, members] of this.kinds)
      if (this.isUseful(kind, members, underWay)) useful.push(members);
    return useful;
  }

  private isUseful(
    kind: string,
    members: ReadonlySet<number>,
    underWay: readonly number[],
  ): boolean {
    const [first = -1] = members;
    const steps = this.steps(first);
    if (changes(steps).length > 1) {
      const known =
        this.seenOnce.get(kind) ??
        this.operations.some((other, index) => index !== first && sees(other.steps, steps));
      this.seenOnce.set(kind, known);
      return known;
    }
    if (underWay.some((index) => sees(this.steps(index), steps))) return true;
    for (const [otherKind, [other = -1]] of this.kinds)
      if ((otherKind !== kind || members.size > 1) && sees(this.steps(other), steps)) return true;
    return false;
  }
}

/** The earliest member of a kind that a configuration has not used; the others are as good, later. */
export function nextOf(
  members: ReadonlySet<number>,
  { maybes }: Configuration,
): number | undefined {
  for (const member of members) if (!maybes.includes(member)) return member;
  return undefined;
}
