import { fits, type Field, type FieldKind, type JsonValue } from "@cutover/core";
import type { SqlValue } from "../sql/statement.ts";

/** How SQL stores a column. */
export type ColumnType = "TEXT" | "INTEGER" | "REAL";

/** Carries values of one kind of field into a column and back. */
export interface ColumnCodec {
  readonly type: ColumnType;
  /** True when a value that fits is its own cell. */
  readonly keepsValue: boolean;
  /** Of a value that fits the field. */
  readonly toCell: (value: JsonValue) => SqlValue;
  /** Of a cell that is not NULL. @throws whatever shows that the cell cannot be such a value */
  readonly fromCell: (cell: string | number) => JsonValue;
}

/** Cells that are their own value. */
const asIs = (type: ColumnType): ColumnCodec => ({
  type,
  keepsValue: true,
  toCell: (value) => (typeof value === "string" || typeof value === "number" ? value : null),
  fromCell: (cell) => cell,
});

function finite(cell: string | number): number {
  // Only a foreign writer can have stored an infinity.
  if (!Number.isFinite(cell)) throw new RangeError("not a finite number");
  return cell === 0 ? 0 : Number(cell);
}

const real: ColumnCodec = { ...asIs("REAL"), fromCell: finite };
const boolean: ColumnCodec = {
  type: "INTEGER",
  keepsValue: false,
  toCell: (value) => (value === true ? 1 : 0),
  fromCell: (cell) => cell === 1,
};
const json: ColumnCodec = {
  type: "TEXT",
  keepsValue: false,
  toCell: (value) => JSON.stringify(value),
  fromCell: (cell) => parseJson(String(cell)),
};

/** As `JSON.parse`, which returns JSON values and nothing else. */
export function parseJson(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  return value;
}

const codecs = { text: asIs("TEXT"), integer: asIs("INTEGER"), real, boolean, json };

/** How a field's values lie in their column. */
export function codecOf(field: Field): ColumnCodec {
  if (field.kind !== "timestamp") return codecs[field.kind];
  return field.as?.startsWith("epoch") === true ? real : codecs.text;
}

/** A declared member and the cell that holds it. */
export interface Slot {
  readonly member: string;
  readonly column: string;
  /** Place among the declared members. */
  readonly index: number;
  /** Place of the cell in a selected row. */
  readonly cell: number;
  readonly codec: ColumnCodec;
  /** True when the cell is its own value, which most are. */
  readonly verbatim: boolean;
  /** What `typeof` says of what {@link fits} and of nothing else; undefined where it cannot tell. */
  readonly typeName: "string" | "number" | "boolean" | undefined;
  readonly fits: (value: JsonValue) => boolean;
}

const typeNames: Partial<Record<FieldKind, Slot["typeName"]>> = {
  text: "string",
  real: "number",
  boolean: "boolean",
};

/** Describes the slot of a field. */
export function slotOf(field: Field, index: number, cell: number): Slot {
  const codec = codecOf(field);
  return {
    member: field.member,
    column: field.column,
    index,
    cell,
    codec,
    verbatim: codec === codecs.text || codec === codecs.integer,
    typeName: typeNames[field.kind],
    fits: (value) => fits(field, value),
  };
}
