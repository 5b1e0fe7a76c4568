import type { CollectionDefinition } from "../definition/collection-definition.ts";
import type { Scalar } from "../values/compare.ts";
import { refuseQuery } from "./compile-filter.ts";
import type { OrderTerm } from "./selection.ts";

type Values = readonly (Scalar | null)[];

/** The order a cursor belongs to, so that it is not used with another one. */
function signature(definition: CollectionDefinition, terms: readonly OrderTerm[]): string {
  const order = terms.map((term) => (term.descending ? "-" : "+") + term.field.member);
  return [definition.name, ...order].join("\n");
}

/** Writes the place where a page ended. It holds nothing of the backend that wrote it. */
export function encodeCursor(
  definition: CollectionDefinition,
  terms: readonly OrderTerm[],
  values: Values,
): string {
  return Buffer.from(JSON.stringify([signature(definition, terms), ...values])).toString(
    "base64url",
  );
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    return undefined;
  }
}

function isValue(item: unknown): item is Scalar | null {
  return item === null || ["string", "number", "boolean"].includes(typeof item);
}

/**
 * Reads a cursor back.
 *
 * @throws StorageError INVALID_QUERY when it is none of ours, or belongs to another order
 */
export function decodeCursor(
  definition: CollectionDefinition,
  terms: readonly OrderTerm[],
  cursor: unknown,
): Values {
  const parts = typeof cursor === "string" ? parse(cursor) : undefined;
  if (!Array.isArray(parts))
    return refuseQuery(definition, "the cursor is not one that page() returned");
  const [order, ...values]: unknown[] = parts;
  if (order !== signature(definition, terms)) {
    refuseQuery(definition, "the cursor belongs to another collection or another order");
  }
  if (values.length !== terms.length || !values.every(isValue)) {
    return refuseQuery(definition, "the cursor is damaged");
  }
  return values;
}
