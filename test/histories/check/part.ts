import type { HistoryStep } from "../history-event.ts";
import type { Operation } from "./operation.ts";

/** No expectation, or no change. */
export const nothing = -2;
/** Some value, whichever. */
export const present = -1;
/** No record. Values are counted from 1. */
export const absent = 0;

/** What an operation demands of one register, and what it makes of it. */
export interface PartStep {
  readonly register: number;
  readonly expects: number;
  readonly leaves: number;
}

/** An operation, as far as it concerns a part's registers. */
export interface PartOperation {
  readonly source: Operation;
  readonly steps: readonly PartStep[];
  readonly startNs: number;
  readonly endNs: number;
  readonly kind: "read" | "write" | "maybe";
}

/** Registers that some operation ties together, with all that was done to them. */
export interface Part {
  readonly registers: readonly string[];
  readonly operations: readonly PartOperation[];
}

/**
 * An operation on more records than this does not tie them together: it is checked in each part on
 * its own. Rejections stay right; that the operation took effect everywhere at one moment is not shown.
 */
const widest = 4;

const registerOf = (collection: string, key: string): string => `${collection}/${key}`;

/** Which registers belong together. */
class Ties {
  private readonly parents = new Map<string, string>();

  root(register: string): string {
    let at = register;
    for (;;) {
      const parent = this.parents.get(at);
      if (parent === undefined) this.parents.set(at, at);
      if (parent === undefined || parent === at) return at;
      at = parent;
    }
  }

  tie(registers: readonly string[]): void {
    const [first, ...others] = registers.map((register) => this.root(register));
    if (first === undefined) return;
    for (const other of others) this.parents.set(this.root(other), first);
  }

  groups(): string[][] {
    const registers = [...this.parents.keys()];
    return [...Map.groupBy(registers, (register) => this.root(register)).values()];
  }
}

function tiesOf(operations: readonly Operation[]): Ties {
  const ties = new Ties();
  for (const { name, steps } of operations) {
    const registers = steps.flatMap(({ collection, key }) =>
      key === undefined ? [] : [registerOf(collection, key)],
    );
    if (new Set(registers).size < registers.length)
      throw new Error(`${name} has two steps on one record`);
    if (registers.length <= widest) ties.tie(registers);
    else for (const register of registers) ties.root(register);
  }
  return ties;
}

/** Writes the steps of operations down as numbers, part by part. */
class PartBuilder {
  readonly registers: readonly string[];
  private readonly numbers = new Map<string, number>();
  private readonly values = new Map<string, number>();
  private readonly operations: PartOperation[] = [];

  constructor(registers: readonly string[]) {
    this.registers = registers;
    for (const [index, register] of registers.entries()) this.numbers.set(register, index);
  }

  add(source: Operation, steps: readonly HistoryStep[]): void {
    const own = steps.flatMap((step) => this.stepsOf(step));
    const writes = own.some(({ leaves }) => leaves !== nothing);
    const settled = source.endNs !== Infinity;
    // A read that was never answered demands nothing and changes nothing.
    if (own.length === 0 || (!writes && !settled)) return;
    const kind = settled ? (writes ? "write" : "read") : "maybe";
    const { startNs, endNs } = source;
    this.operations.push({ source, steps: own, startNs, endNs, kind });
  }

  private stepsOf(step: HistoryStep): PartStep[] {
    if (step.key !== undefined) {
      const register = this.numbers.get(registerOf(step.collection, step.key));
      if (register === undefined) return [];
      return [{ register, expects: this.expected(step), leaves: this.value(step.left) }];
    }
    const prefix = registerOf(step.collection, "");
    return this.registers.flatMap((name, register) =>
      name.startsWith(prefix) ? [{ register, expects: nothing, leaves: absent }] : [],
    );
  }

  private expected({ saw, existed }: HistoryStep): number {
    if (saw !== undefined || existed === undefined) return this.value(saw);
    return existed ? present : absent;
  }

  private value(name: string | null | undefined): number {
    if (name === undefined) return nothing;
    if (name === null) return absent;
    const known = this.values.get(name) ?? this.values.size + 1;
    this.values.set(name, known);
    return known;
  }

  build(): Part {
    return { registers: this.registers, operations: this.operations };
  }
}

/** Splits a history into parts that can be checked one by one. */
export function partsOf(operations: readonly Operation[]): Part[] {
  const builders = tiesOf(operations)
    .groups()
    .map((registers) => new PartBuilder(registers));
  const home = new Map<string, PartBuilder>();
  for (const builder of builders)
    for (const register of builder.registers) home.set(register, builder);
  for (const operation of operations) {
    const { steps } = operation;
    const wide = steps.some(({ key }) => key === undefined);
    const touched = steps.map(({ collection, key }) => home.get(registerOf(collection, key ?? "")));
    for (const builder of wide ? builders : new Set(touched)) builder?.add(operation, steps);
  }
  return builders.map((builder) => builder.build());
}
