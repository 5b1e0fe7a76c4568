import type { JsonRecord } from "./record.ts";

/** Records kept as one range of bytes; a change copies this many, the rest is shared. */
export const groupRecords = 128;

/**
 * Neighbouring records with the bytes between them, as one range. Immutable. `lead` is what stands
 * before the first of them when the group is not the document's first.
 */
export interface RecordGroup {
  readonly lead: Buffer;
  readonly bytes: Buffer;
  readonly records: readonly JsonRecord[];
  /** Offset of each record's item in `bytes`. */
  readonly starts: readonly number[];
}

/** A record with the bytes that separate it from the one before. */
export interface PlacedRecord {
  readonly record: JsonRecord;
  readonly lead: Buffer;
}

/** The records of a group, each with what separates it from the one before. */
export function placed(group: RecordGroup): PlacedRecord[] {
  let end = 0;
  return group.records.map((record, index) => {
    const start = group.starts[index] ?? 0;
    const lead = index === 0 ? group.lead : group.bytes.subarray(end, start);
    end = start + record.itemBytes;
    return { record, lead };
  });
}

/**
 * A group with bytes of its own, which its records read from afterwards, so that buffers of earlier
 * groups can be freed.
 */
export function buildGroup(items: readonly PlacedRecord[]): RecordGroup {
  let size = 0;
  for (const { record, lead } of items) size += lead.length + record.itemBytes;
  const whole = Buffer.allocUnsafeSlow(size);
  const leadBytes = items[0]?.lead.length ?? 0;
  const starts: number[] = [];
  let at = 0;
  for (const { record, lead } of items) {
    lead.copy(whole, at);
    at += lead.length;
    record.copyItem(whole, at);
    starts.push(at - leadBytes);
    record.moveTo(whole, at);
    at += record.itemBytes;
  }
  return {
    lead: whole.subarray(0, leadBytes),
    bytes: whole.subarray(leadBytes),
    records: items.map((item) => item.record),
    starts,
  };
}

/** The group with other records in the place of some, by their order; what lies between stays. */
export function replaceInGroup(
  { lead, bytes, records: before, starts: places }: RecordGroup,
  replaced: ReadonlyMap<number, JsonRecord | null>,
): RecordGroup {
  const records = before.map((record) => replaced.get(record.order) ?? record);
  let size = lead.length + bytes.length;
  for (const record of before) size -= record.itemBytes;
  for (const record of records) size += record.itemBytes;
  const whole = Buffer.allocUnsafeSlow(size);
  const starts: number[] = [];
  let at = lead.copy(whole);
  // Neighbours that stay are copied together: up to here they are.
  let copied = 0;
  for (const [index, record] of records.entries()) {
    const place = places[index] ?? 0;
    const old = before[index] ?? record;
    const start = at + place - copied;
    if (record !== old) {
      bytes.copy(whole, at, copied, place);
      record.copyItem(whole, start);
      at = start + record.itemBytes;
      copied = place + old.itemBytes;
    }
    starts.push(start - lead.length);
    record.moveTo(whole, start);
  }
  bytes.copy(whole, at, copied);
  return {
    lead: whole.subarray(0, lead.length),
    bytes: whole.subarray(lead.length),
    records,
    starts,
  };
}

/** Index of the group whose records include `order`. */
export function groupIndexOf(groups: readonly RecordGroup[], order: number): number {
  let low = 0;
  let high = groups.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((groups[middle]?.records[0]?.order ?? 0) <= order) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Adds `piece` to `chunks`, joined to the last one where both lie side by side in memory. */
export function appendChunk(chunks: Buffer[], piece: Buffer): void {
  if (piece.length === 0) return;
  const last = chunks.at(-1);
  if (
    last !== undefined &&
    last.buffer === piece.buffer &&
    last.byteOffset + last.length === piece.byteOffset
  ) {
    const joined = Buffer.from(last.buffer, last.byteOffset, last.length + piece.length);
    chunks[chunks.length - 1] = joined;
  } else chunks.push(piece);
}
