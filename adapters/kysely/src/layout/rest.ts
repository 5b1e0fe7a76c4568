import { isJsonObject, setMember, type JsonObject, type JsonValue } from "@cutover/core";
import type { SqlValue } from "../sql/statement.ts";
import { parseJson } from "./column.ts";
import type { TableLayout } from "./table-layout.ts";

/**
 * What `_rest` holds, as JSON that a person can read and edit; NULL for most rows.
 *
 * - `members`: members that no column can hold: those not declared, explicit nulls, and values that
 *   do not fit their declared kind. Where a column is not NULL, the column wins.
 * - `order`: names of all members in their order, where it is not the usual one: declared members
 *   as declared, then the others as they stand in `members`.
 * - `value`: the whole value, where it is no object.
 */
export interface Rest {
  readonly members: JsonObject;
  readonly order: readonly string[] | undefined;
  readonly value: JsonValue | undefined;
}

const empty: JsonObject = {};

/** Reads `_rest`. @throws TypeError, SyntaxError when it is not of that form */
export function parseRest(text: string): Rest {
  const rest = parseJson(text);
  if (!isJsonObject(rest)) throw new TypeError("not an object");
  const { members = empty, order } = rest;
  if (!isJsonObject(members)) throw new TypeError("members is not an object");
  if (order !== undefined && !isNames(order)) throw new TypeError("order is not a list of names");
  return { members, order, value: rest["value"] };
}

function isNames(order: JsonValue): order is string[] {
  return Array.isArray(order) && order.every((name) => typeof name === "string");
}

/** The declared members of a row that have a value in their column. */
export function columnMembers(layout: TableLayout, row: readonly SqlValue[]): JsonObject {
  const value: Record<string, JsonValue> = {};
  for (const slot of layout.slots) {
    const cell = row[slot.cell];
    if (cell === null || cell === undefined) continue;
    setMember(value, slot.member, slot.verbatim ? cell : slot.codec.fromCell(cell));
  }
  return value;
}

/** Members of columns and rest together, in the usual order. */
export function mergeMembers(
  layout: TableLayout,
  stored: JsonObject,
  members: JsonObject,
): JsonObject {
  const value: Record<string, JsonValue> = {};
  for (const { member } of layout.slots) {
    const source = Object.hasOwn(stored, member) ? stored : members;
    const found = Object.hasOwn(source, member) ? source[member] : undefined;
    if (found !== undefined) setMember(value, member, found);
  }
  for (const [member, item] of Object.entries(members)) {
    if (!layout.slotOf.has(member)) setMember(value, member, item);
  }
  return value;
}

/** Puts members into a recorded order; names that are gone are passed over, new ones follow. */
export function reorder(value: JsonObject, order: readonly string[]): JsonObject {
  const ordered: Record<string, JsonValue> = {};
  for (const member of [...order, ...Object.keys(value)]) {
    const item = Object.hasOwn(value, member) ? value[member] : undefined;
    if (item !== undefined) setMember(ordered, member, item);
  }
  return ordered;
}

/** True when two objects have the same members in the same order. */
export function sameOrder(left: JsonObject, right: JsonObject): boolean {
  const names = Object.keys(right);
  return Object.keys(left).every((member, index) => member === names[index]);
}
