import type { Field } from "../definition/field.ts";
import { fieldScalar, memberOf } from "../definition/member.ts";
import { compareScalar, foldCase, type Scalar } from "../values/compare.ts";
import type { JsonValue } from "../values/json.ts";
import type { Comparison, Predicate, TextTest } from "./predicate.ts";

const comparisons: Readonly<Record<Comparison, (found: Scalar, operand: Scalar) => boolean>> = {
  eq: (found, operand) => found === operand,
  lt: (found, operand) => compareScalar(found, operand) < 0,
  lte: (found, operand) => compareScalar(found, operand) <= 0,
  gt: (found, operand) => compareScalar(found, operand) > 0,
  gte: (found, operand) => compareScalar(found, operand) >= 0,
};

const textTests: Readonly<Record<TextTest, (found: string, text: string) => boolean>> = {
  startsWith: (found, text) => found.startsWith(text),
  contains: (found, text) => found.includes(text),
  eqIgnoreCase: (found, text) => foldCase(found) === foldCase(text),
  containsIgnoreCase: (found, text) => foldCase(found).includes(foldCase(text)),
};

function isText(found: Scalar | null): found is string {
  return typeof found === "string";
}

function present(field: Field, value: JsonValue): boolean {
  return field.member === "$key" || memberOf(value, field.member) !== undefined;
}

/** The meaning of a predicate, for adapters that filter records themselves. */
export function matches(predicate: Predicate, key: string, value: JsonValue): boolean {
  switch (predicate.op) {
    case "and":
      return predicate.terms.every((term) => matches(term, key, value));
    case "or":
      return predicate.terms.some((term) => matches(term, key, value));
    case "not":
      return !matches(predicate.term, key, value);
    case "exists":
      return present(predicate.field, value);
    case "isNull":
      return memberOf(value, predicate.field.member) === null;
    case "in": {
      const found = fieldScalar(predicate.field, key, value);
      return found !== null && predicate.operands.includes(found);
    }
    case "eq":
    case "lt":
    case "lte":
    case "gt":
    case "gte": {
      const found = fieldScalar(predicate.field, key, value);
      return found !== null && comparisons[predicate.op](found, predicate.operand);
    }
    default: {
      const found = fieldScalar(predicate.field, key, value);
      return isText(found) && textTests[predicate.op](found, predicate.text);
    }
  }
}
