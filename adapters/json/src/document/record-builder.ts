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

function build(key: string, order: number, lead: Buffer, value: Buffer): JsonRecord {
  const source = Buffer.concat([lead, value]);
  return new JsonRecord({
    key,
    source,
    start: 0,
    valueStart: lead.length,
    end: source.length,
    order,
  });
}

/** A record that was not there before, in the document's style. */
export function newRecord(
  state: DocumentState,
  key: string,
  value: JsonValue,
  order: number,
): JsonRecord {
  checkKeyMember(state, key, value);
  const text = writeValue(value, placeOfValues(state));
  const lead =
    state.layout.shape === "array" ? "" : writeText(key, state.format) + state.style.colon;
  return build(key, order, Buffer.from(lead, "utf8"), Buffer.from(text, "utf8"));
}

/** `record` with another value; the very same record when the value is equal. */
export function changedRecord(
  state: DocumentState,
  record: JsonRecord,
  value: JsonValue,
): JsonRecord {
  const { key } = record;
  if (key === undefined) return record;
  checkKeyMember(state, key, value);
  if (record.isOpaque) {
    const text = writeValue(value, placeOfValues(state));
    return build(key, record.order, record.lead, Buffer.from(text, "utf8"));
  }
  const previous = { bytes: record.bytes, value: record.value() };
  const { format, style } = state;
  const { depth, indentation } = style;
  const bytes = reformat(previous, value, { format, depth, indentation });
  return bytes.equals(record.bytes) ? record : build(key, record.order, record.lead, bytes);
}
