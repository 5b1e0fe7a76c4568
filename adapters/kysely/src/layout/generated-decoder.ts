import type { JsonValue } from "@cutover/core";
import type { Row } from "../sql/statement.ts";
import type { Slot } from "./column.ts";
import type { TableLayout } from "./table-layout.ts";

/** Reads what the columns of a row hold, the key handed in by itself or as the row's first cell. */
export interface CellDecoder {
  /** Of a row that begins with the key. */
  readonly row: (row: Row) => JsonValue;
  /** Of a row that lacks the key. */
  readonly keyed: (row: Row, key: string) => JsonValue;
}

/** What the generated functions call. */
interface Surroundings {
  /** Of each slot, what makes a value of its cell. */
  readonly from: readonly Slot["codec"]["fromCell"][];
  /** Decodes a row whose `_rest` is not NULL. */
  readonly rest: (row: Row) => JsonValue;
}

const valueOf = ({ verbatim, index }: Slot): string =>
  verbatim ? `c${index}` : `f${index}(c${index})`;
const nameOf = ({ member }: Slot): string => JSON.stringify(member);

/**
 * The source of a function that decodes rows of a layout. A record that has all its members is
 * written as one literal, so that it gets its final shape at once.
 *
 * @param cellAt the expression for a cell
 * @param whole the expression for the row with its key
 */
function source(
  { slots, restCell }: TableLayout,
  cellAt: (cell: number) => string,
  whole: string,
): string {
  const cells = slots.map((slot) => `const c${slot.index} = ${cellAt(slot.cell)};`);
  const present = slots.map(({ index }) => `c${index} != null`);
  const members = slots.map((slot) => `${nameOf(slot)}: ${valueOf(slot)}`);
  const filled = slots.map(
    (slot) => `if (c${slot.index} != null) value[${nameOf(slot)}] = ${valueOf(slot)};`,
  );
  return `(row, key) => {
    if (${cellAt(restCell)} !== null) return rest(${whole});
    ${cells.join("\n")}
    if (${present.join(" && ")}) return { ${members.join(", ")} };
    const value = {};
    ${filled.join("\n")}
    return value;
  }`;
}

/**
 * Generates a decoder for a layout with columns: straight code is several times as fast as a loop
 * over the slots. What is put into the source is numbers and names in quotes.
 *
 * @returns undefined where code must not be generated, and for a member called `__proto__`, which
 *   code like this would take for the prototype
 */
export function generateDecoder(
  layout: TableLayout,
  rest: Surroundings["rest"],
): CellDecoder | undefined {
  const { slots } = layout;
  if (slots.some(({ member }) => member === "__proto__")) return undefined;
  const converted = slots.filter(({ verbatim }) => !verbatim);
  const row = source(layout, (cell) => `row[${cell}]`, "row");
  const keyed = source(
    layout,
    (cell) => (cell === 0 ? "key" : `row[${cell - 1}]`),
    "[key, ...row]",
  );
  const body = `"use strict";
    ${converted.map(({ index }) => `const f${index} = from[${index}];`).join("\n")}
    return { row: ${row}, keyed: ${keyed} };`;
  return compile(body, { from: slots.map(({ codec }) => codec.fromCell), rest });
}

function compile(body: string, { from, rest }: Surroundings): CellDecoder | undefined {
  try {
    // The type is what the source above says.
    // oxlint-disable-next-line typescript/no-implied-eval, no-new-func
    const decoder: CellDecoder = new Function("from", "rest", body)(from, rest);
    return decoder;
  } catch (error) {
    // Thrown under --disallow-code-generation-from-strings.
    if (error instanceof EvalError) return undefined;
    throw error;
  }
}
