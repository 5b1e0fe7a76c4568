import { absent, nothing, present, type Part, type PartOperation } from "./part.ts";
import { searchPart, type DeadEnd } from "./search-part.ts";

/** A violation, and the operations that suffice to show it. */
export interface SmallViolation {
  readonly part: Part;
  readonly deadEnd: DeadEnd;
}

/** What happened after the dead end explains nothing; what was still under way may or may not count. */
function upTo(part: Part, { operation: { endNs } }: DeadEnd): Part {
  const started = part.operations.filter(({ startNs }) => startNs <= endNs);
  const operations = started.flatMap((operation): PartOperation[] => {
    if (operation.endNs <= endNs) return [operation];
    return operation.kind === "read" ? [] : [{ ...operation, endNs: Infinity, kind: "maybe" }];
  });
  return { ...part, operations };
}

/** What somebody saw, and since when it cannot have been of anything earlier. */
interface Demand {
  readonly register: number;
  readonly expects: number;
  /** What had ended before this was overwritten before it could be seen. */
  readonly shieldNs: number;
}

function demandsOf(kept: readonly PartOperation[]): Demand[] {
  const shieldNs = (register: number, seenFromNs: number): number =>
    Math.max(
      ...kept
        .filter(({ endNs }) => endNs < seenFromNs)
        .filter(({ steps }) => steps.some((s) => s.register === register && s.leaves !== nothing))
        .map(({ startNs }) => startNs),
    );
  return kept.flatMap(({ steps, startNs }) =>
    steps
      .filter(({ expects }) => expects !== nothing)
      .map(({ register, expects }) => {
        return { register, expects, shieldNs: shieldNs(register, startNs) };
      }),
  );
}

/**
 * True when a history without `removed` is linearizable whenever the one with it is, so that a
 * violation found without them is one of the whole: nobody who is kept saw what they left.
 */
function isUnseen(removed: readonly PartOperation[], kept: readonly PartOperation[]): boolean {
  const demands = demandsOf(kept);
  return removed.every(({ steps, endNs }) =>
    steps.every(({ register, leaves }) =>
      demands.every((demand) => {
        if (leaves === nothing || demand.register !== register) return true;
        if (leaves > absent && demand.expects === leaves) return false;
        const alike = leaves === absent ? absent : present;
        return demand.expects !== alike || endNs < demand.shieldNs;
      }),
    ),
  );
}

/** An operation that no longer demands anything: what explains it with its demands explains it without. */
function blind(operation: PartOperation): PartOperation[] {
  if (operation.kind === "read") return [];
  return [{ ...operation, steps: operation.steps.map((step) => ({ ...step, expects: nothing })) }];
}

/** Makes a violation smaller, never anything else. */
class Shrinking {
  smallest: SmallViolation;
  private readonly maxConfigurations: number;

  constructor(violation: SmallViolation, maxConfigurations: number) {
    this.smallest = violation;
    this.maxConfigurations = maxConfigurations;
  }

  private accept(operations: readonly PartOperation[]): void {
    const part = { ...this.smallest.part, operations };
    const result = searchPart(part, this.maxConfigurations);
    if (result.verdict === "violated") this.smallest = { part, deadEnd: result.deadEnd };
  }

  private blinded(chosen: ReadonlySet<PartOperation>): void {
    this.accept(
      this.smallest.part.operations.flatMap((operation) =>
        chosen.has(operation) ? blind(operation) : [operation],
      ),
    );
  }

  private removed(chosen: ReadonlySet<PartOperation>): void {
    const kept = this.smallest.part.operations.filter((operation) => !chosen.has(operation));
    if (isUnseen([...chosen], kept)) this.accept(kept);
  }

  private chunks(size: number): ReadonlySet<PartOperation>[] {
    const { operations } = this.smallest.part;
    const count = Math.ceil(operations.length / size);
    return Array.from(
      { length: count },
      (_, index) => new Set(operations.slice(index * size, (index + 1) * size)),
    );
  }

  /** @returns whether operations have gone */
  pass(size: number): boolean {
    const before = this.smallest.part.operations.length;
    for (const chosen of this.chunks(size)) this.blinded(chosen);
    for (const chosen of this.chunks(size)) this.removed(chosen);
    return this.smallest.part.operations.length < before;
  }
}

/** Leaves out whatever a violation does not need, in halves, quarters, … down to single operations. */
export function shrinkPart(
  whole: Part,
  deadEnd: DeadEnd,
  maxConfigurations: number,
): SmallViolation {
  const shrinking = new Shrinking({ part: upTo(whole, deadEnd), deadEnd }, maxConfigurations);
  const all = shrinking.smallest.part.operations.length;
  for (let size = Math.ceil(all / 2); size > 1; size = Math.floor(size / 2)) shrinking.pass(size);
  // What one operation stood in the way of may go once that one is gone.
  while (shrinking.pass(1));
  return shrinking.smallest;
}
