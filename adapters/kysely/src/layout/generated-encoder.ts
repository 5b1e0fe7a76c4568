import type { JsonObject } from "@cutover/core";
import type { SqlValue } from "../sql/statement.ts";
import type { Slot } from "./column.ts";
import { generated, isGeneratable, nameOf } from "./generated-code.ts";
import type { TableLayout } from "./table-layout.ts";

/**
 * Fills the cells of a record that is as declared: its members are declared ones, in the order
 * declared (as far as an object keeps one), each of its kind. Any may be missing.
 *
 * @returns false where it is not so; some cells may be filled all the same
 */
export type FillCells = (cells: SqlValue[], value: JsonObject) => boolean;

/** Takes the next member where it is that of a slot. */
function step(slot: Slot): string {
  const { index, cell, typeName } = slot;
  const misfit = typeName === undefined ? `!fits${index}(item)` : `typeof item !== "${typeName}"`;
  const stored = slot.codec.keepsValue ? "item" : `toCell${index}(item)`;
  return `if (names[next] === ${nameOf(slot)}) {
    const item = value[${nameOf(slot)}];
    if (${misfit}) return false;
    cells[${cell}] = ${stored};
    next++;
  }`;
}

/** The slots in the order in which an object lists their members: names that are integers first. */
function asListed(slots: readonly Slot[]): readonly Slot[] {
  return Object.values(Object.fromEntries(slots.map((slot) => [slot.member, slot])));
}

/**
 * Generates what fills the cells of a layout with columns.
 *
 * @returns undefined where that is not possible
 */
export function generateEncoder({ slots }: TableLayout): FillCells | undefined {
  if (!isGeneratable(slots)) return undefined;
  const parts = slots.map(({ index }) => [
    `const fits${index} = slots[${index}].fits;`,
    `const toCell${index} = slots[${index}].codec.toCell;`,
  ]);
  const body = `${parts.flat().join("\n")}
    return (cells, value) => {
      const names = Object.keys(value);
      let next = 0;
      ${asListed(slots).map(step).join("\n")}
      return next === names.length;
    };`;
  // The type is what the source says.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return generated(body, { slots }) as FillCells | undefined;
}
