import { isJsonObject, type JsonValue } from "@cutover/core";
import { cleaned, type Comparator } from "../verify/comparator.ts";

/**
 * What a read answered, as text: a copy that nobody can change, the same for equal answers only.
 * Order counts, that of members too; an absent record is not a record that is null.
 */
export function answerText(answer: unknown): string {
  if (answer instanceof Map) return JSON.stringify({ map: [...answer] });
  return JSON.stringify({ answer });
}

/** What a text says. */
interface Parsed {
  readonly map?: readonly (readonly [string, JsonValue])[];
  readonly answer?: JsonValue;
}

function parse(text: string): Parsed {
  // The text is one of ours: `answerText` made it of what a driver answered.
  const parsed: Parsed = JSON.parse(text);
  return parsed;
}

/** The records in the answer of a read that names its keys; absent ones are left out. */
export function recordsIn(text: string, keys: readonly string[]): ReadonlyMap<string, JsonValue> {
  const { map, answer } = parse(text);
  if (map !== undefined) return new Map(map);
  const [key] = keys;
  return key === undefined || answer === undefined ? new Map() : new Map([[key, answer]]);
}

function cleanedRow(row: JsonValue, comparator: Comparator): JsonValue {
  const isRecord =
    isJsonObject(row) && typeof row["key"] === "string" && row["value"] !== undefined;
  return isRecord ? { ...row, value: cleaned(row["value"] ?? null, comparator) } : row;
}

/**
 * The text of what counts in an answer. Rows of a query are cleaned by their values; numbers and
 * sums stay as they are.
 *
 * @param namesKeys the answer holds records by their keys, not rows
 * @throws what the comparator throws
 */
export function cleanedText(
  text: string,
  comparator: Comparator | undefined,
  namesKeys: boolean,
): string {
  if (comparator === undefined) return text;
  const { map, answer } = parse(text);
  if (map !== undefined) {
    const entries = map.map(([key, value]) => [key, cleaned(value, comparator)]);
    return JSON.stringify({ map: entries });
  }
  if (answer === undefined) return text;
  if (namesKeys) return JSON.stringify({ answer: cleaned(answer, comparator) });
  if (!Array.isArray(answer)) return text;
  return JSON.stringify({ answer: answer.map((row: JsonValue) => cleanedRow(row, comparator)) });
}
