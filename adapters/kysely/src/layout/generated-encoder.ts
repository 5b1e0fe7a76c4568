import type { JsonObject } from "@cutover/core";
import type { SqlValue } from "../sql/statement.ts";
import type { Slot } from "./column.ts";
import { generated, isGeneratable, nameOf } from "./generated-code.ts";
import type { TableLayout } from "./table-layout.ts";

/**
 * Makes the cells of a record that is as declared: its members are declared ones, in the order
 * declared (as far as an object keeps one), each of its kind. Any may be missing.
 *
 * @returns undefined where it is not so
 */
export type CellEncoder = (key: string, value: JsonObject) => SqlValue[] | undefined;

/** The member of a slot, or undefined: what all objects inherit is not looked at. */
function memberOf(slot: Slot): string {
  const name = nameOf(slot);
  return slot.member in Object.prototype
    ? `(Object.hasOwn(value, ${name}) ? value[${name}] : undefined)`
    : `value[${name}]`;
}

/** Fills the cell of a slot where the record has its member. */
function step(slot: Slot): string {
  const { index, cell, typeName } = slot;
  const misfit =
    typeName === undefined
      ? `!fits${index}(item${index})`
      : `typeof item${index} !== "${typeName}"`;
  const stored = slot.codec.keepsValue ? `item${index}` : `toCell${index}(item${index})`;
  return `const item${index} = ${memberOf(slot)};
  if (item${index} !== undefined) {
    if (${misfit}) return undefined;
    cell${cell} = ${stored};
  }`;
}

/** The slots in the order in which an object lists their members: names that are integers first. */
function asListed(slots: readonly Slot[]): readonly Slot[] {
  return Object.values(Object.fromEntries(slots.map((slot) => [slot.member, slot])));
}

/**
 * Generates what encodes records for a layout with columns. The cells are one literal, which is
 * quicker than filling a list that is there.
 *
 * @returns undefined where that is not possible
 */
export function generateEncoder({ slots, columns }: TableLayout): CellEncoder | undefined {
  if (!isGeneratable(slots)) return undefined;
  const parts = slots.map(({ index }) => [
    `const fits${index} = slots[${index}].fits;`,
    `const toCell${index} = slots[${index}].codec.toCell;`,
  ]);
  const cells = columns.map((_, index) => `cell${index}`);
  const [keyCell, ...others] = cells;
  const names = asListed(slots).map(({ member }) => member);
  const body = `${parts.flat().join("\n")}
    return (key, value) => {
      for (const name in Object.prototype) return undefined;
      let next = 0;
      for (const name in value) {
        while (name !== names[next]) if (++next >= ${slots.length}) return undefined;
        next++;
      }
      let ${keyCell} = key;
      ${others.map((cell) => `let ${cell} = null;`).join("\n")}
      ${slots.map(step).join("\n")}
      return [${cells.join(", ")}];
    };`;
  // The type is what the source says.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return generated(body, { slots, names }) as CellEncoder | undefined;
}
