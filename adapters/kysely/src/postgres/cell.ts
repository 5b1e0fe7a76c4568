import type { SqlValue } from "../sql/statement.ts";

/** Reads a cell from the text in which the server sends it. */
export type CellReader = (text: string) => SqlValue;

const asBit: CellReader = (text) => (text === "t" ? 1 : 0);

/** By the numbers of types that never change: bool, int8, int2, int4, float4, float8, numeric. */
const readers: ReadonlyMap<number, CellReader> = new Map([
  [16, asBit],
  [20, Number],
  [21, Number],
  [23, Number],
  [700, Number],
  [701, Number],
  [1700, Number],
]);

/** How cells of a type are read; undefined where they are that text. */
export function cellReader(type: number): CellReader | undefined {
  return readers.get(type);
}

/** A parameter as text, which the server reads as the type that it is compared with or put into. */
export function parameterText(value: SqlValue): string | null {
  return value === null ? null : String(value);
}
