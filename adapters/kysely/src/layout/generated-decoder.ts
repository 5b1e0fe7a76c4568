import type { JsonValue } from "@cutover/core";
import type { Row } from "../sql/statement.ts";
import type { Slot } from "./column.ts";
import { generated, isGeneratable, nameOf } from "./generated-code.ts";
import type { TableLayout } from "./table-layout.ts";

/** Reads what the columns of a row hold, the key handed in by itself or as the row's first cell. */
export interface CellDecoder {
  /** Of a row that begins with the key. */
  readonly row: (row: Row) => JsonValue;
  /** Of a row that lacks the key. */
  readonly keyed: (row: Row, key: string) => JsonValue;
}

const valueOf = ({ verbatim, index }: Slot): string =>
  verbatim ? `c${index}` : `f${index}(c${index})`;

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
    if (typeof ${cellAt(restCell)} === "string") return rest(${whole});
    ${cells.join("\n")}
    if (${present.join(" && ")}) return { ${members.join(", ")} };
    const value = {};
    ${filled.join("\n")}
    return value;
  }`;
}

/**
 * Generates a decoder for a layout with columns.
 *
 * @param rest decodes a row whose `_rest` is not NULL
 * @returns undefined where that is not possible
 */
export function generateDecoder(
  layout: TableLayout,
  rest: (row: Row) => JsonValue,
): CellDecoder | undefined {
  const { slots } = layout;
  if (!isGeneratable(slots)) return undefined;
  const converted = slots.filter(({ verbatim }) => !verbatim);
  const row = source(layout, (cell) => `row[${cell}]`, "row");
  const keyed = source(
    layout,
    (cell) => (cell === 0 ? "key" : `row[${cell - 1}]`),
    "[key, ...row]",
  );
  const body = `${converted.map(({ index }) => `const f${index} = from[${index}];`).join("\n")}
    return { row: ${row}, keyed: ${keyed} };`;
  // The type is what the source says.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return generated(body, { from: slots.map(({ codec }) => codec.fromCell), rest }) as
    | CellDecoder
    | undefined;
}
