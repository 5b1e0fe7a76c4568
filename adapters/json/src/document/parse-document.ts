import { detectFormat } from "./detect.ts";
import { JsonDocument } from "./document.ts";
import { ScanFault } from "./fault.ts";
import type { Flaw } from "./finding.ts";
import type { DocumentFormat } from "./format.ts";
import { groupRecords, type RecordGroup } from "./group.ts";
import { KeyIndex } from "./key-index.ts";
import type { DocumentLayout } from "./layout.ts";
import { pathTo, renderPath } from "./path.ts";
import { corruptFault, LineTracker, startOfFile } from "./position.ts";
import { asBuffer } from "./bytes.ts";
import { JsonRecord } from "./record.ts";
import type { DocumentState } from "./state.ts";
import { styleFromFormat, styleFromRecords } from "./style.ts";
import { firstInvalidByte, notUtf8 } from "./utf8.ts";
import type { RecordSpan } from "./record-span.ts";
import { RecordWalker } from "./walker.ts";

/** How to read a document. */
export interface ParseOptions {
  /** Path of the file, for error messages and positions. */
  readonly file: string;
  readonly layout: DocumentLayout;
  /** What the bytes themselves do not show: used for documents without evidence. */
  readonly defaultFormat?: Partial<DocumentFormat>;
}

/** A record's flaws with offsets from its first byte. */
export function relativeFlaws(span: RecordSpan): readonly Flaw[] {
  return span.flaws.length === 0
    ? span.flaws
    : span.flaws.map(({ code, offset }) => ({ code, offset: offset - span.start }));
}

/** Collects the records of one walk. */
export class RecordList {
  readonly records: JsonRecord[] = [];
  readonly starts: number[] = [];
  readonly byKey: Map<string, JsonRecord> = new Map();
  readonly #source: Buffer;
  readonly #layout: DocumentLayout;

  constructor(source: Buffer, layout: DocumentLayout) {
    this.#source = source;
    this.#layout = layout;
  }

  add(span: RecordSpan): void {
    const order = this.records.length;
    const { key, start, valueStart, end, minusZero } = span;
    const flaws = relativeFlaws(span);
    const parts = { key, source: this.#source, start, valueStart, end, order, flaws, minusZero };
    this.records.push(new JsonRecord(parts));
    this.starts.push(start);
    if (key !== undefined) this.#index(key, order);
  }

  #index(key: string, order: number): void {
    const record = this.records[order];
    const earlier = this.byKey.get(key);
    if (record === undefined) return;
    if (earlier === undefined) {
      this.byKey.set(key, record);
      return;
    }
    const code = this.#layout.shape === "object" ? "duplicate-key" : "key-repeated";
    this.records[order] = record.withFlaw({ code, offset: 0 });
    if (earlier.flaws.some((flaw) => flaw.code === code)) return;
    const marked = earlier.withFlaw({ code, offset: 0 });
    this.records[earlier.order] = marked;
    this.byKey.set(key, marked);
  }
}

function gather(list: RecordList, source: Buffer, separator: Buffer): RecordGroup[] {
  const groups: RecordGroup[] = [];
  let previousEnd = -1;
  for (let first = 0; first < list.records.length; first += groupRecords) {
    const records = list.records.slice(first, first + groupRecords);
    const from = list.starts[first] ?? 0;
    const last = first + records.length - 1;
    const end = (list.starts[last] ?? 0) + (list.records[last]?.itemBytes ?? 0);
    const starts = list.starts.slice(first, last + 1).map((start) => start - from);
    const lead = previousEnd < 0 ? separator : source.subarray(previousEnd, from);
    groups.push({ lead, bytes: source.subarray(from, end), records, starts });
    previousEnd = end;
  }
  return groups;
}

function assemble(
  source: Buffer,
  walker: RecordWalker,
  list: RecordList,
  options: ParseOptions,
): DocumentState {
  const { file, layout } = options;
  const format = detectFormat(source, options.defaultFormat);
  const [first, second] = list.records;
  const firstStart = list.starts[0] ?? walker.closeStart;
  const last = list.records.at(-1);
  const lastEnd = last === undefined ? firstStart : (list.starts.at(-1) ?? 0) + last.itemBytes;
  const firstGap = source.subarray(walker.openEnd, firstStart);
  const lastGap = source.subarray(lastEnd, walker.closeStart);
  const separator =
    first === undefined || second === undefined
      ? undefined
      : source.subarray(firstStart + first.itemBytes, list.starts[1]);
  const style =
    first === undefined
      ? styleFromFormat(format, layout)
      : styleFromRecords({ firstGap, lastGap, separator, first }, format, layout);
  return {
    file,
    layout,
    format,
    style,
    head: source.subarray(0, walker.openEnd),
    firstGap,
    groups: gather(list, source, style.separator),
    lastGap,
    tail: source.subarray(walker.closeStart),
    index: new KeyIndex(list.byKey),
    count: list.records.length,
    opaqueCount: list.records.reduce((sum, record) => sum + (record.isOpaque ? 1 : 0), 0),
  };
}

function walkAll(walker: RecordWalker, source: Buffer): void {
  const invalid = firstInvalidByte(source);
  if (invalid < 0) {
    walker.walk(source, true);
    return;
  }
  // A break of the grammar before the bad byte is the first fault of the file, as in a stream.
  walker.walk(source.subarray(0, invalid), false);
  throw notUtf8(invalid);
}

/**
 * Reads a document: checks all of it, finds its records, and parses none of them yet. The document
 * keeps views of `bytes`, which must not be changed afterwards.
 *
 * @returns a document whose bytes are exactly `bytes` until it is edited.
 * @throws StorageError CORRUPT_DATA with `position` when the bytes are not UTF-8, break the JSON
 * grammar, or are not laid out as `layout` says; CONFIG_INVALID when the layout names no key member.
 */
export function parseDocument(bytes: Uint8Array, options: ParseOptions): JsonDocument {
  const source = asBuffer(bytes);
  const list = new RecordList(source, options.layout);
  const walker = new RecordWalker(options.layout, (span) => list.add(span));
  try {
    walkAll(walker, source);
  } catch (error) {
    if (!(error instanceof ScanFault)) throw error;
    const range = { from: walker.position, to: error.offset };
    const path = renderPath(pathTo(source, range, walker.frames()));
    const tracker = new LineTracker(source, startOfFile(source));
    throw corruptFault(error, tracker.position(options.file, error.offset, path));
  }
  return new JsonDocument(assemble(source, walker, list, options));
}
