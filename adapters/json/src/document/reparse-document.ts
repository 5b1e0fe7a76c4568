import { isAscii, isUtf8 } from "node:buffer";
import { asBuffer } from "./bytes.ts";
import { changedRanges, type ChangedRange } from "./changed-ranges.ts";
import { JsonDocument } from "./document.ts";
import { ScanFault } from "./fault.ts";
import type { DocumentFormat } from "./format.ts";
import { buildGroup, groupRecords, type PlacedRecord, type RecordGroup } from "./group.ts";
import { parseDocument } from "./parse-document.ts";
import { JsonRecord } from "./record.ts";
import type { RecordSpan } from "./record-span.ts";
import type { DocumentState } from "./state.ts";
import { RecordWalker } from "./walker.ts";

/** What was scanned in a changed range. */
interface ChangedRecords {
  readonly bytes: Buffer;
  readonly spans: readonly RecordSpan[];
}

function lastKeyBefore(state: DocumentState, first: number): string | undefined {
  return state.groups[first - 1]?.records.at(-1)?.key;
}

function scanRange(
  state: DocumentState,
  bytes: Buffer,
  range: ChangedRange,
): ChangedRecords | undefined {
  // A copy, so that the records do not keep the whole new file in memory.
  const part = Buffer.from(bytes.subarray(range.from, range.to + 1));
  if (!isUtf8(part.subarray(0, -1))) return undefined;
  const spans: RecordSpan[] = [];
  const walker = new RecordWalker(state.layout, (span) => spans.push(span));
  let before = 0;
  for (const group of state.groups.slice(0, range.first)) before += group.records.length;
  walker.resume(0, before, lastKeyBefore(state, range.first));
  try {
    walker.walk(part, false);
  } catch (error) {
    if (error instanceof ScanFault) return undefined;
    throw error;
  }
  const isAtEnd = range.end === state.groups.length;
  const reached = isAtEnd ? walker.closeStart : spans.at(-1)?.end;
  const isUsable = spans.length > 0 && spans.every((span) => span.flaws.length === 0);
  return isUsable && reached === part.length - 1 ? { bytes: part, spans } : undefined;
}

/** The first order to give; undefined when the neighbours leave no room for that many. */
function firstOrder(state: DocumentState, range: ChangedRange, count: number): number | undefined {
  const before = state.groups[range.first - 1]?.records.at(-1)?.order;
  const after = state.groups[range.end]?.records[0]?.order;
  if (after === undefined) return (before ?? -1) + 1;
  const first = after - count;
  return before === undefined || first > before ? first : undefined;
}

function groupAnew(
  state: DocumentState,
  range: ChangedRange,
  changed: ChangedRecords,
  order: number,
) {
  const index = new Map<string, JsonRecord | null>();
  for (const group of state.groups.slice(range.first, range.end)) {
    for (const record of group.records) if (record.key !== undefined) index.set(record.key, null);
  }
  const source = changed.bytes;
  let end = 0;
  const items: PlacedRecord[] = [];
  for (const [number, span] of changed.spans.entries()) {
    const { key, start, valueStart, minusZero } = span;
    const isFirst = range.first === 0 && number === 0;
    const lead = isFirst ? state.style.separator : source.subarray(end, start);
    const parts = {
      key,
      source,
      start,
      valueStart,
      end: span.end,
      order: order + number,
      minusZero,
    };
    const record = new JsonRecord(parts);
    const known = key === undefined ? undefined : index.get(key);
    if (key === undefined || (known !== null && (known ?? state.index.get(key)) !== undefined))
      return undefined;
    index.set(key, record);
    items.push({ record, lead });
    end = span.end;
  }
  const groups: RecordGroup[] = [];
  for (let at = 0; at < items.length; at += groupRecords) {
    groups.push(buildGroup(items.slice(at, at + groupRecords)));
  }
  return { groups, index, end };
}

/** The document's state after what has become of one range was scanned. */
function withRange(
  state: DocumentState,
  bytes: Buffer,
  range: ChangedRange,
): DocumentState | undefined {
  const gone = state.groups.slice(range.first, range.end);
  if (gone.some((group) => group.records.some((record) => record.isOpaque))) return undefined;
  const changed = scanRange(state, bytes, range);
  const order = changed && firstOrder(state, range, changed.spans.length);
  if (changed === undefined || order === undefined) return undefined;
  const firstGap = changed.bytes.subarray(0, changed.spans[0]?.start);
  const anew = groupAnew(state, range, changed, order);
  if (anew === undefined) return undefined;
  const isAtEnd = range.end === state.groups.length;
  const lost = gone.reduce((sum, group) => sum + group.records.length, 0);
  return {
    ...state,
    format: { ...state.format, ascii: state.format.ascii && isAscii(changed.bytes) },
    firstGap: range.first === 0 ? firstGap : state.firstGap,
    lastGap: isAtEnd ? changed.bytes.subarray(anew.end, -1) : state.lastGap,
    groups: [
      ...state.groups.slice(0, range.first),
      ...anew.groups,
      ...state.groups.slice(range.end),
    ],
    index: state.index.with(anew.index),
    count: state.count - lost + changed.spans.length,
  };
}

function reuse(
  state: DocumentState,
  bytes: Buffer,
  ranges: readonly ChangedRange[],
): DocumentState | undefined {
  const changedBytes = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  if (changedBytes * 2 > bytes.length) return undefined;
  let next: DocumentState | undefined = state;
  // The last one first: the others' groups are then still where they were found.
  for (const range of ranges.toReversed()) next = next && withRange(next, bytes, range);
  return next;
}

/**
 * Reads a file again after somebody else wrote it. Where most bytes are the same, only the records
 * around the changes are scanned, and all others keep their parsed values; otherwise, and whenever
 * there is any doubt, this is `parseDocument`. The bytes are those given, in either case.
 *
 * @returns `previous` itself when the bytes are the same.
 * @throws StorageError CORRUPT_DATA as `parseDocument` does.
 */
export function reparseDocument(
  previous: JsonDocument,
  bytes: Uint8Array,
  defaultFormat?: Partial<DocumentFormat>,
): JsonDocument {
  const source = asBuffer(bytes);
  const { file, layout } = previous;
  const ranges = changedRanges(previous.state, source);
  if (ranges?.length === 0) return previous;
  const state = ranges && reuse(previous.state, source, ranges);
  if (state !== undefined) return new JsonDocument(state);
  return parseDocument(source, { file, layout, ...(defaultFormat && { defaultFormat }) });
}
