import { isJsonObject, type JsonValue, StorageError } from "@cutover/core";
import { JsonRecord, type RecordParts } from "./record.ts";
import { reformat } from "./reformat.ts";
import type { DocumentState } from "./state.ts";
import { type WritePlace, writeText, writeValue } from "./value-writer.ts";

function placeOfValues({ format, style }: DocumentState): WritePlace {
  const { depth, indentation } = style;
  return {
    format,
    depth,
    indentation,
    isInline: !style.firstGap.includes("\n") && format.indent === "",
  };
}

function checkKeyMember({ layout, file }: DocumentState, key: string, value: JsonValue): void {
  const member = layout.keyMember;
  if (layout.shape !== "array" || member === undefined) return;
  if (isJsonObject(value) && Object.hasOwn(value, member) && value[member] === key) return;
  throw new StorageError(
    "INVALID_VALUE",
    `${file} is an array whose elements hold their key in \`${member}\`; the value for the key ${JSON.stringify(key)} does not hold it there.`,
  );
}

/** The bytes of an item, and where its value begins. */
interface Item {
  readonly source: Buffer;
  readonly valueStart: number;
}

/** Room for the item of a record that keeps what leads up to its value. */
function itemAfterLead(record: JsonRecord, valueBytes: number): Item {
  const valueStart = record.leadBytes;
  const source = Buffer.allocUnsafe(valueStart + valueBytes);
  record.copyLead(source);
  return { source, valueStart };
}

function itemOfText(record: JsonRecord, text: string): Item {
  const item = itemAfterLead(record, Buffer.byteLength(text));
  item.source.write(text, item.valueStart);
  return item;
}

function itemOfBytes(record: JsonRecord, bytes: Buffer): Item {
  const item = itemAfterLead(record, bytes.length);
  bytes.copy(item.source, item.valueStart);
  return item;
}

function textOf(state: DocumentState, value: JsonValue): string {
  return writeValue(value, placeOfValues(state));
}

/** A record whose item is all of its source. */
function recordOf(parts: Omit<RecordParts, "start" | "end">): JsonRecord {
  return new JsonRecord({ ...parts, start: 0, end: parts.source.length });
}

/** A record that was not there before, in the document's style. */
export function newRecord(
  state: DocumentState,
  key: string,
  value: JsonValue,
  order: number,
): JsonRecord {
  checkKeyMember(state, key, value);
  const lead =
    state.layout.shape === "array" ? "" : writeText(key, state.format) + state.style.colon;
  const source = Buffer.from(lead + textOf(state, value), "utf8");
  const item = { source, valueStart: Buffer.byteLength(lead) };
  return recordOf({ key, order, value, asWritten: true, ...item });
}

/** `record` with another value; the very same record when the value is equal. */
export function changedRecord(
  state: DocumentState,
  record: JsonRecord,
  value: JsonValue,
): JsonRecord {
  const { key, order } = record;
  if (key === undefined) return record;
  checkKeyMember(state, key, value);
  const asWritten = record.isOpaque || isAsWritten(state, record);
  const item = asWritten
    ? itemOfText(record, textOf(state, value))
    : itemOfBytes(record, edited(state, record, value));
  if (!record.isOpaque && record.hasValueOf(item.source, item.valueStart)) return record;
  return recordOf({ key, order, value, asWritten, ...item });
}

/** Where nothing is spelt in a way of its own there is nothing to keep. */
function isAsWritten(state: DocumentState, record: JsonRecord): boolean {
  return record.isAsWritten || record.hasValueOf(Buffer.from(textOf(state, record.value())), 0);
}

function edited({ format, style }: DocumentState, record: JsonRecord, value: JsonValue): Buffer {
  const { depth, indentation } = style;
  const previous = { bytes: record.bytes, value: record.value() };
  return reformat(previous, value, { format, depth, indentation });
}
