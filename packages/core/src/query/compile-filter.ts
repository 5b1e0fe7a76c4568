import type { CollectionDefinition } from "../definition/collection-definition.ts";
import { keyField, type Field, type FieldKind } from "../definition/field.ts";
import { StorageError } from "../errors/storage-error.ts";
import type { Scalar } from "../values/compare.ts";
import { textProblem } from "../values/normalise.ts";
import type { Comparison, Predicate, TextTest } from "./predicate.ts";

/** Raises INVALID_QUERY for a collection. */
export function refuseQuery(definition: CollectionDefinition, what: string): never {
  throw new StorageError("INVALID_QUERY", `collection "${definition.name}": ${what}`, {
    collection: definition.name,
  });
}

/**
 * Finds the declared field a query names.
 *
 * @throws StorageError INVALID_QUERY when it is not declared
 */
export function queryField(definition: CollectionDefinition, member: string): Field {
  if (member === keyField.member) return keyField;
  const field = definition.fields.get(member);
  if (field !== undefined) return field;
  const known = [...definition.fields.keys(), keyField.member].join(", ");
  return refuseQuery(definition, `"${member}" is not a declared field (declared: ${known})`);
}

const operandTypes: Readonly<Record<FieldKind, readonly string[]>> = {
  text: ["string"],
  integer: ["number"],
  real: ["number"],
  boolean: ["boolean"],
  timestamp: ["string"],
  json: [],
};

function operandTypesOf(field: Field): readonly string[] {
  return field.as?.startsWith("epoch") === true ? ["number"] : operandTypes[field.kind];
}

class FilterCompiler {
  private readonly definition: CollectionDefinition;

  constructor(definition: CollectionDefinition) {
    this.definition = definition;
  }

  filter(filter: unknown, depth = 0): Predicate {
    if (typeof filter !== "object" || filter === null || Array.isArray(filter)) {
      return refuseQuery(this.definition, "a filter must be an object");
    }
    if (depth > 64) refuseQuery(this.definition, "the filter is nested deeper than 64");
    const terms: Predicate[] = [];
    const parts: Record<string, unknown> = { ...filter };
    for (const name of Object.keys(parts)) {
      const part = parts[name];
      if (part === undefined) continue;
      if (name === "and" || name === "or") terms.push(this.group(name, part, depth));
      else if (name === "not") terms.push({ op: "not", term: this.filter(part, depth + 1) });
      else this.condition(queryField(this.definition, name), part, terms);
    }
    return terms.length === 1 && terms[0] !== undefined ? terms[0] : { op: "and", terms };
  }

  private group(op: "and" | "or", part: unknown, depth: number): Predicate {
    if (!Array.isArray(part))
      return refuseQuery(this.definition, `"${op}" takes a list of filters`);
    return { op, terms: part.map((item: unknown) => this.filter(item, depth + 1)) };
  }

  private condition(field: Field, condition: unknown, terms: Predicate[]): void {
    if (condition === null) {
      refuseQuery(
        this.definition,
        `"${field.member}" is compared with null; use { isNull: true } or { exists: false }`,
      );
    }
    if (typeof condition !== "object") {
      terms.push(this.comparison("eq", field, condition));
      return;
    }
    const operands: Record<string, unknown> = { ...condition };
    for (const operator of Object.keys(operands)) {
      const operand = operands[operator];
      if (operand !== undefined) terms.push(this.operation(field, operator, operand));
    }
  }

  private operation(field: Field, operator: string, operand: unknown): Predicate {
    const compile = operators.get(operator);
    if (compile !== undefined) return compile(this, field, operand);
    return refuseQuery(
      this.definition,
      `"${field.member}" has no operator "${operator}" (there are: ${[...operators.keys()].join(", ")})`,
    );
  }

  private operand(field: Field, operand: unknown): Scalar {
    const accepted = operandTypesOf(field);
    const type = operand === null ? "null" : typeof operand;
    if (accepted.length === 0) {
      return refuseQuery(
        this.definition,
        `"${field.member}" is json; only exists and isNull apply`,
      );
    }
    if (!accepted.includes(type)) {
      return refuseQuery(
        this.definition,
        `"${field.member}" is ${field.kind} and cannot be compared with ${type}`,
      );
    }
    if (typeof operand === "string") return this.text(field, operand);
    if (typeof operand === "boolean") return operand;
    if (typeof operand === "number" && !Number.isNaN(operand)) return operand === 0 ? 0 : operand;
    return refuseQuery(this.definition, `"${field.member}" cannot be compared with NaN`);
  }

  private text(field: Field, text: unknown): string {
    if (typeof text !== "string") {
      return refuseQuery(this.definition, `"${field.member}": text operators take a string`);
    }
    const problem = textProblem(text);
    if (problem !== undefined)
      refuseQuery(this.definition, `the operand for "${field.member}" ${problem}`);
    return text;
  }

  comparison(op: Comparison, field: Field, operand: unknown): Predicate {
    return { op, field, operand: this.operand(field, operand) };
  }

  membership(field: Field, operands: unknown): Predicate {
    if (!Array.isArray(operands)) {
      return refuseQuery(this.definition, `"${field.member}": in and notIn take a list`);
    }
    return {
      op: "in",
      field,
      operands: operands.map((item: unknown) => this.operand(field, item)),
    };
  }

  textTest(op: TextTest, field: Field, text: unknown): Predicate {
    if (!operandTypesOf(field).includes("string")) {
      refuseQuery(this.definition, `"${field.member}" is ${field.kind}; ${op} needs text`);
    }
    return { op, field, text: this.text(field, text) };
  }

  presence(op: "exists" | "isNull", field: Field, wanted: unknown): Predicate {
    if (typeof wanted !== "boolean") {
      return refuseQuery(this.definition, `"${field.member}": ${op} takes true or false`);
    }
    return wanted ? { op, field } : { op: "not", term: { op, field } };
  }
}

type CompileOperator = (compiler: FilterCompiler, field: Field, operand: unknown) => Predicate;

const comparison =
  (op: Comparison): CompileOperator =>
  (compiler, field, operand) =>
    compiler.comparison(op, field, operand);
const textTest =
  (op: TextTest): CompileOperator =>
  (compiler, field, operand) =>
    compiler.textTest(op, field, operand);
const presence =
  (op: "exists" | "isNull"): CompileOperator =>
  (compiler, field, operand) =>
    compiler.presence(op, field, operand);

const operators: ReadonlyMap<string, CompileOperator> = new Map([
  ["eq", comparison("eq")],
  [
    "ne",
    (compiler, field, operand) => ({ op: "not", term: compiler.comparison("eq", field, operand) }),
  ],
  ["lt", comparison("lt")],
  ["lte", comparison("lte")],
  ["gt", comparison("gt")],
  ["gte", comparison("gte")],
  ["in", (compiler, field, operand) => compiler.membership(field, operand)],
  [
    "notIn",
    (compiler, field, operand) => ({ op: "not", term: compiler.membership(field, operand) }),
  ],
  ["startsWith", textTest("startsWith")],
  ["contains", textTest("contains")],
  ["eqIgnoreCase", textTest("eqIgnoreCase")],
  ["containsIgnoreCase", textTest("containsIgnoreCase")],
  ["exists", presence("exists")],
  ["isNull", presence("isNull")],
]);

/**
 * Checks a filter against a definition.
 *
 * @throws StorageError INVALID_QUERY naming the field or operator
 */
export function compileFilter(definition: CollectionDefinition, filter: unknown): Predicate {
  return new FilterCompiler(definition).filter(filter);
}
