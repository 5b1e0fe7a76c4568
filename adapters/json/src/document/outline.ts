import { isJsonObject, type JsonObject, type JsonValue } from "@cutover/core";
import { asBuffer, ascii, isByteOrderMark } from "./bytes.ts";
import { Scanner } from "./scanner.ts";
import { parseDocument } from "./parse-document.ts";

/** What kind of JSON value stands somewhere. */
export type JsonKind = "array" | "boolean" | "null" | "number" | "object" | "string";

/** A value seen from afar: enough to guess where records live and what their keys are. */
export interface ValueOutline {
  readonly kind: JsonKind;
  /** Members of an object or elements of an array; 0 for a scalar. */
  readonly count: number;
  /** For a non-empty array: every element is an object. For an object: every member's value is. */
  readonly holdsObjects: boolean;
  /** For an array of objects: the text members that all elements have, each with another value. */
  readonly keyMembers: readonly string[];
}

/** A document seen from afar. */
export interface DocumentOutline extends ValueOutline {
  /** The members of a top-level object, in file order; none for other documents. */
  readonly members: readonly (ValueOutline & { readonly name: string })[];
}

function kindOf(value: JsonValue): JsonKind {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "string") return "string";
  if (typeof value === "number") return "number";
  return typeof value === "boolean" ? "boolean" : "object";
}

function uniqueTextMembers(elements: readonly JsonObject[]): string[] {
  return Object.keys(elements[0] ?? {}).filter((name) => {
    const seen = new Set<string>();
    for (const element of elements) {
      const text = Object.hasOwn(element, name) ? element[name] : undefined;
      if (typeof text !== "string" || text === "" || seen.has(text)) return false;
      seen.add(text);
    }
    return true;
  });
}

function outlineValue(value: JsonValue): ValueOutline {
  const kind = kindOf(value);
  const inside = Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : [];
  const objects = inside.filter((one) => isJsonObject(one));
  const holdsObjects = inside.length > 0 && objects.length === inside.length;
  const keyMembers = kind === "array" && holdsObjects ? uniqueTextMembers(objects) : [];
  return { kind, count: inside.length, holdsObjects, keyMembers };
}

function parseText(bytes: Buffer, start: number): JsonValue {
  return JSON.parse(bytes.toString("utf8", start));
}

/**
 * Tells what a JSON file holds, for guessing its layout. Parses all of it once.
 * @throws StorageError CORRUPT_DATA with `position` when it is no valid JSON.
 */
export function outline(bytes: Uint8Array, file: string): DocumentOutline {
  const source = asBuffer(bytes);
  const start = isByteOrderMark(source, 0) ? 3 : 0;
  const scanner = new Scanner();
  scanner.load(source, true);
  const isArray = source[scanner.space(start)] === ascii.openBracket;
  const shape = isArray ? "array" : "object";
  // Refuses what is broken, with its place; the key member plays no part in that.
  const document = parseDocument(source, { file, layout: { shape, at: [], keyMember: "id" } });
  const value = parseText(source, start);
  if (isArray || !isJsonObject(value)) return { ...outlineValue(value), members: [] };
  const members = [...document.records()].flatMap((record) =>
    record.key === undefined
      ? []
      : [{ name: record.key, ...outlineValue(value[record.key] ?? null) }],
  );
  return { ...outlineValue(value), members };
}
