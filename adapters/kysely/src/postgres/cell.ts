import type { SqlValue } from "../sql/statement.ts";

type CellReader = (text: string) => SqlValue;

const asText: CellReader = (text) => text;
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

/** How cells of a type are read from the text in which the server sends them. */
export function cellReader(type: number): CellReader {
  return readers.get(type) ?? asText;
}

/** A parameter as text, which the server reads as the type that it is compared with or put into. */
export function parameterText(value: SqlValue): string | null {
  return value === null ? null : String(value);
}
