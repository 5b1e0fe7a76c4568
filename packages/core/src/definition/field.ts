import type { Scalar } from "../values/compare.ts";
import type { JsonValue } from "../values/json.ts";
import { instantOf, type TimestampForm } from "./timestamp.ts";

/** What kind of value a declared member holds. */
export type FieldKind = "text" | "integer" | "real" | "boolean" | "timestamp" | "json";

/** What {@link text} and its siblings accept. */
export interface FieldOptions {
  /** Name of the column in a SQL store. Default: the member's name in snake_case. */
  readonly column?: string;
}

/** A kind with its options, as handed to `defineCollection`. */
export interface FieldDeclaration {
  readonly kind: FieldKind;
  readonly column?: string;
  /** How the timestamp is written; only with kind `timestamp`. */
  readonly as?: TimestampForm;
}

/** A declared member of a collection's records. */
export interface Field {
  readonly member: string;
  readonly column: string;
  readonly kind: FieldKind;
  /** Only with kind `timestamp`. */
  readonly as?: TimestampForm;
}

/** Text, compared by its UTF-8 bytes. */
export function text(options: FieldOptions = {}): FieldDeclaration {
  return { kind: "text", ...options };
}

/** A whole number within ±(2^53 − 1). */
export function integer(options: FieldOptions = {}): FieldDeclaration {
  return { kind: "integer", ...options };
}

/** Any finite number. */
export function real(options: FieldOptions = {}): FieldDeclaration {
  return { kind: "real", ...options };
}

/** `true` or `false`; 1 and 0 do not fit. */
export function boolean(options: FieldOptions = {}): FieldDeclaration {
  return { kind: "boolean", ...options };
}

/** A moment in time, stored as written; see {@link TimestampForm}. */
export function timestamp(
  options: FieldOptions & { readonly as: TimestampForm },
): FieldDeclaration {
  return { kind: "timestamp", ...options };
}

/** Any JSON value. It has a column of its own, but can only be asked for presence. */
export function json(options: FieldOptions = {}): FieldDeclaration {
  return { kind: "json", ...options };
}

/** The pseudo field by which filters and sorts name the record's key. */
export const keyField: Field = { member: "$key", column: "", kind: "text" };

const fitting: Readonly<Record<FieldKind, (value: JsonValue, field: Field) => boolean>> = {
  text: (value) => typeof value === "string",
  integer: (value) => Number.isSafeInteger(value),
  real: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  timestamp: (value, field) => field.as !== undefined && instantOf(field.as, value) !== undefined,
  json: () => true,
};

/** True for a kind there is; a definition in plain JavaScript may name any. */
export function isFieldKind(kind: unknown): kind is FieldKind {
  return typeof kind === "string" && Object.hasOwn(fitting, kind);
}

/** True when a value is of the declared kind. A null never fits, except for `json`. */
export function fits(field: Field, value: JsonValue): boolean {
  return fitting[field.kind](value, field);
}

/**
 * What filters, sorts, indexes and constraints see of a member.
 *
 * @returns null when the member is absent, null, or does not fit its kind
 */
export function scalarOf(field: Field, value: JsonValue | undefined): Scalar | null {
  if (value === undefined || value === null || typeof value === "object") return null;
  return field.kind !== "json" && fits(field, value) ? value : null;
}
