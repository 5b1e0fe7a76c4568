import {
  type CollectionDefinition,
  type Condition,
  type Field,
  type Filter,
  keyField,
  type OrderBy,
} from "@cutover/core";
import { compareSeen, type NaiveRecord, rawMember, type Seen, seenOf } from "./naive-field.ts";
import { trusted } from "../proof/trusted.ts";

/** The declared field of that name, or the key. */
export function fieldNamed(definition: CollectionDefinition, member: string): Field {
  const field = member === "$key" ? keyField : definition.fields.get(member);
  if (field === undefined) throw new Error(`the model has no field ${member}`);
  return field;
}

const lowered = (text: string): string =>
  Array.from(text, (letter) =>
    letter >= "A" && letter <= "Z" ? letter.toLowerCase() : letter,
  ).join("");

type Test = (seen: string | number | boolean, operand: never) => boolean;

/** Positive tests; each is false of what is absent, null or misfit. */
const tests: Readonly<Record<string, Test>> = {
  eq: (seen, operand: Seen) => seen === operand,
  lt: (seen, operand: Seen) => compareSeen(seen, operand) < 0,
  lte: (seen, operand: Seen) => compareSeen(seen, operand) <= 0,
  gt: (seen, operand: Seen) => compareSeen(seen, operand) > 0,
  gte: (seen, operand: Seen) => compareSeen(seen, operand) >= 0,
  in: (seen, operands: readonly Seen[]) => operands.some((operand) => operand === seen),
  startsWith: (seen, text: string) => String(seen).slice(0, text.length) === text,
  contains: (seen, text: string) => String(seen).split(text).length > 1 || text === "",
  eqIgnoreCase: (seen, text: string) => lowered(String(seen)) === lowered(text),
  containsIgnoreCase: (seen, text: string) => lowered(String(seen)).includes(lowered(text)),
};
const negated: Readonly<Record<string, string>> = { ne: "eq", notIn: "in" };

function holds(field: Field, record: NaiveRecord, operator: string, operand: unknown): boolean {
  const positive = negated[operator];
  if (positive !== undefined) return !holds(field, record, positive, operand);
  const raw = field === keyField ? record.key : rawMember(record.value, field.member);
  if (operator === "exists") return (raw !== undefined) === operand;
  if (operator === "isNull") return (raw === null) === operand;
  const seen = seenOf(field, record);
  const test = tests[operator];
  if (test === undefined) throw new Error(`the model has no operator ${operator}`);
  return seen !== null && test(seen, trusted(operand));
}

function conditionHolds(field: Field, record: NaiveRecord, condition: Condition | Seen): boolean {
  if (condition === null || typeof condition !== "object")
    return holds(field, record, "eq", condition);
  return Object.entries(condition).every(([operator, operand]) =>
    holds(field, record, operator, operand),
  );
}

/** Whether a record passes a filter. */
export function passes(
  definition: CollectionDefinition,
  filter: Filter,
  record: NaiveRecord,
): boolean {
  return Object.entries(filter).every(([name, part]) => {
    if (name === "not") return !passes(definition, trusted(part), record);
    if (name === "and")
      return trusted<readonly Filter[]>(part).every((term) => passes(definition, term, record));
    if (name === "or")
      return trusted<readonly Filter[]>(part).some((term) => passes(definition, term, record));
    return conditionHolds(fieldNamed(definition, name), record, trusted(part));
  });
}

/** The order's terms up to the key, which is added in the last term's direction. */
function terms(orderBy: readonly OrderBy[]): readonly OrderBy[] {
  const end = orderBy.findIndex((term) => term.field === "$key");
  if (end >= 0) return orderBy.slice(0, end + 1);
  return [...orderBy, { field: "$key", direction: orderBy.at(-1)?.direction ?? "asc" }];
}

/** What places a record in an order. */
export function placeOf(
  definition: CollectionDefinition,
  orderBy: readonly OrderBy[],
  record: NaiveRecord,
): Seen[] {
  return terms(orderBy).map((term) => seenOf(fieldNamed(definition, term.field), record));
}

/** Compares two places. */
export function comparePlaces(
  orderBy: readonly OrderBy[],
  left: readonly Seen[],
  right: readonly Seen[],
): number {
  for (const [index, { direction }] of terms(orderBy).entries()) {
    const result = compareSeen(left[index] ?? null, right[index] ?? null);
    if (result !== 0) return direction === "desc" ? -result : result;
  }
  return 0;
}
