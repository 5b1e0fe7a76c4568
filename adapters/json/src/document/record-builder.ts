import { isJsonObject, type JsonValue, StorageError } from "@cutover/core";
import { JsonRecord } from "./record.ts";
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

interface Built {
  readonly key: string;
  readonly order: number;
  readonly lead: Buffer;
  readonly value: JsonValue;
  readonly bytes: Buffer;
  readonly asWritten: boolean;
}

function build({ lead, bytes, ...parts }: Built): JsonRecord {
  const source = Buffer.concat([lead, bytes]);
  const [valueStart, end] = [lead.length, source.length];
  return new JsonRecord({ ...parts, source, start: 0, valueStart, end });
}

function written(state: DocumentState, value: JsonValue): Buffer {
  return Buffer.from(writeValue(value, placeOfValues(state)), "utf8");
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
  return build({
    key,
    order,
    lead: Buffer.from(lead, "utf8"),
    value,
    bytes: written(state, value),
    asWritten: true,
  });
}

/** `record` with another value; the very same record when the value is equal. */
export function changedRecord(
  state: DocumentState,
  record: JsonRecord,
  value: JsonValue,
): JsonRecord {
  const { key, order, lead } = record;
  if (key === undefined) return record;
  checkKeyMember(state, key, value);
  const asWritten = record.isOpaque || isAsWritten(state, record);
  const bytes = asWritten ? written(state, value) : edited(state, record, value);
  if (!record.isOpaque && bytes.equals(record.bytes)) return record;
  return build({ key, order, lead, value, bytes, asWritten });
}

/** Where nothing is spelt in a way of its own there is nothing to keep. */
function isAsWritten(state: DocumentState, record: JsonRecord): boolean {
  return record.isAsWritten || written(state, record.value()).equals(record.bytes);
}

function edited({ format, style }: DocumentState, record: JsonRecord, value: JsonValue): Buffer {
  const { depth, indentation } = style;
  const previous = { bytes: record.bytes, value: record.value() };
  return reformat(previous, value, { format, depth, indentation });
}
