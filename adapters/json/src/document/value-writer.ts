import { isJsonObject, type JsonObject, type JsonValue } from "@cutover/core";
import type { DocumentFormat } from "./format.ts";

/** Where a value is written: how deep, how far indented, and whether inside one line. */
export interface WritePlace {
  readonly format: DocumentFormat;
  /** Containers around the value. */
  readonly depth: number;
  /** White space that begins the line the value stands on. */
  readonly indentation: string;
  /** True inside a container that stands on one line. */
  readonly isInline: boolean;
}

const beyondAscii = /[\u007f-\uffff]/g;

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Applies the format's escapes to JSON text whose structure is ASCII. */
function escapeText(json: string, format: DocumentFormat): string {
  const escaped = format.ascii ? json.replace(beyondAscii, escapeUnit) : json;
  return format.escapeSlash ? escaped.replaceAll("/", String.raw`\/`) : escaped;
}

/** A string or member name in the format's spelling, quotes included. */
export function writeText(text: string, format: DocumentFormat): string {
  return escapeText(JSON.stringify(text), format);
}

/** The format is what JSON.stringify writes, apart from escapes, line breaks and the first indent. */
function isPlain({ format, isInline }: WritePlace): boolean {
  if (format.indent === "") return format.itemSeparator === "" && format.keySeparator === "";
  return (
    !isInline &&
    !format.inlineScalarArrays &&
    format.inlineFrom === Number.POSITIVE_INFINITY &&
    format.keySeparator === " " &&
    format.indent.length <= 10
  );
}

/** A value in the format's spelling, to be put at `place`. */
export function writeValue(value: JsonValue, place: WritePlace): string {
  if (typeof value !== "object" || value === null) {
    return escapeText(JSON.stringify(value), place.format);
  }
  if (!isPlain(place)) return writeContainer(value, place);
  const { format, indentation } = place;
  const json = escapeText(JSON.stringify(value, null, format.indent), format);
  const lineStart = format.newline + indentation;
  return lineStart === "\n" ? json : json.replaceAll("\n", lineStart);
}

function isScalar(value: JsonValue): boolean {
  return typeof value !== "object" || value === null;
}

/** True when the container's content belongs on one line. */
function fitsOneLine(value: JsonValue, { format, depth, isInline }: WritePlace): boolean {
  if (isInline || format.indent === "" || depth >= format.inlineFrom) return true;
  return format.inlineScalarArrays && Array.isArray(value) && value.every(isScalar);
}

/** The place of what a container at `place` holds. */
export function placeInside(place: WritePlace, isInline: boolean): WritePlace {
  const { format, depth, indentation } = place;
  const inner = isInline ? indentation : indentation + format.indent;
  return { format, depth: depth + 1, indentation: inner, isInline };
}

function writeMembers(value: JsonObject, place: WritePlace): string[] {
  const colon = `:${place.format.keySeparator}`;
  return Object.entries(value).map(
    ([name, member]) => writeText(name, place.format) + colon + writeValue(member, place),
  );
}

function writeContainer(
  value: Exclude<JsonValue, string | number | boolean | null>,
  place: WritePlace,
): string {
  const isInline = fitsOneLine(value, place);
  const inner = placeInside(place, isInline);
  const isObject = isJsonObject(value);
  const items = isObject
    ? writeMembers(value, inner)
    : value.map((element) => writeValue(element, inner));
  const [open, close] = isObject ? ["{", "}"] : ["[", "]"];
  if (items.length === 0) return open + close;
  const { newline, itemSeparator } = place.format;
  if (isInline) return open + items.join(`,${itemSeparator}`) + close;
  const gap = newline + inner.indentation;
  return open + gap + items.join(`,${gap}`) + newline + place.indentation + close;
}
