import { asBuffer } from "./bytes.ts";
import { ScanFault } from "./fault.ts";
import type { DocumentFinding } from "./finding.ts";
import { framesAround, recordFindings } from "./findings-of.ts";
import type { DocumentLayout } from "./layout.ts";
import { relativeFlaws } from "./parse-document.ts";
import { pathTo, renderPath } from "./path.ts";
import {
  corruptFault,
  LineTracker,
  moveOrigin,
  startOfFile,
  type WindowOrigin,
} from "./position.ts";
import { KeySet } from "./key-set.ts";
import { JsonRecord } from "./record.ts";
import { RecordSlice } from "./record-slice.ts";
import { firstInvalidByte, notUtf8, unfinishedBytes } from "./utf8.ts";
import type { RecordSpan } from "./record-span.ts";
import { RecordWalker } from "./walker.ts";

const defaultWindowBytes = 262_144;

/** How to read a stream of records. */
export interface ScanOptions {
  /** Path of the file, for error messages and positions. */
  readonly file: string;
  readonly layout: DocumentLayout;
  /** Told of every finding, in file order; of a repeated key from its second record on. */
  readonly onFinding?: (finding: DocumentFinding) => void;
  /** Bytes gathered before records are looked for. Default 262,144; a longer record takes more. */
  readonly windowBytes?: number;
}

/** The part of the file at hand, and what was found in it. */
class StreamScan {
  readonly #options: ScanOptions;
  readonly #walker: RecordWalker;
  readonly #keys = new KeySet();
  #window: Buffer = Buffer.alloc(0);
  #checked = 0;
  #spans: RecordSpan[] = [];
  #emitted = 0;
  #origin: WindowOrigin = { offset: 0, line: 1, column: 1 };

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#walker = new RecordWalker(options.layout, (span) => this.#spans.push(span));
  }

  /** Bytes that are not done with; as many again should come before trying once more. */
  get pendingBytes(): number {
    return this.#window.length;
  }

  /** Takes more bytes and returns the records that are complete now, and the fault behind them. */
  advance(chunks: readonly Buffer[], final: boolean): { batch: RecordSlice[]; error?: Error } {
    this.#window = Buffer.concat([this.#window, ...chunks]);
    if (this.#origin.offset === 0) this.#origin = startOfFile(this.#window);
    const tracker = new LineTracker(this.#window, this.#origin);
    const fault = this.#walk(final);
    const batch = this.#spans.map((span) => this.#slice(span, tracker));
    this.#spans = [];
    if (fault === undefined) {
      this.#discard();
      return { batch };
    }
    const range = { from: this.#walker.position, to: fault.offset };
    const path = renderPath(pathTo(this.#window, range, this.#walker.frames()));
    const position = tracker.position(this.#options.file, fault.offset, path);
    return { batch, error: corruptFault(fault, position) };
  }

  #walk(final: boolean): ScanFault | undefined {
    const window = this.#window;
    const end = final ? window.length : window.length - unfinishedBytes(window);
    const invalid = firstInvalidByte(window.subarray(this.#checked, end));
    const limit = invalid < 0 ? end : this.#checked + invalid;
    try {
      this.#walker.walk(window.subarray(0, limit), final && invalid < 0);
    } catch (error) {
      if (error instanceof ScanFault) return error;
      throw error;
    }
    this.#checked = limit;
    return invalid < 0 ? undefined : notUtf8(limit);
  }

  #slice(span: RecordSpan, tracker: LineTracker): RecordSlice {
    const { key, start, valueStart, end, minusZero } = span;
    const { file, layout, onFinding } = this.#options;
    const order = this.#emitted;
    this.#emitted += 1;
    const source = this.#window;
    const flaws = relativeFlaws(span);
    let record = new JsonRecord({ key, source, start, valueStart, end, order, flaws, minusZero });
    if (key !== undefined && !this.#keys.add(key)) {
      const code = layout.shape === "object" ? "duplicate-key" : "key-repeated";
      record = record.withFlaw({ code, offset: 0 });
    }
    const place = { file, layout, index: order, at: start, tracker };
    if (!record.isOpaque) return new RecordSlice(record, place);
    const frames = framesAround(layout, order);
    const findings = recordFindings(record, { file, at: start, frames, tracker });
    if (onFinding !== undefined) findings.forEach(onFinding);
    return new RecordSlice(record, place, findings[0]);
  }

  #discard(): void {
    const done = this.#walker.position;
    this.#origin = moveOrigin(this.#origin, this.#window, done);
    this.#window = this.#window.subarray(done);
    this.#checked -= done;
    this.#walker.position = 0;
  }
}

async function* windows(
  source: AsyncIterable<Uint8Array>,
  wanted: () => number,
): AsyncIterable<Buffer[]> {
  let chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    chunks.push(asBuffer(chunk));
    size += chunk.length;
    if (size < wanted()) continue;
    yield chunks;
    chunks = [];
    size = 0;
  }
  if (size > 0) yield chunks;
}

/**
 * Reads the records of a file as its bytes arrive, in batches, with memory bounded by the window
 * and the longest record (and the keys seen, to find repeated ones). Checks and positions are those
 * of `parseDocument`, with one difference: of records with one key, the first has already been
 * handed out when the second is found, so that only the later ones have a problem.
 *
 * @throws StorageError CORRUPT_DATA with `position` when the bytes are not UTF-8, break the JSON
 * grammar, or are not laid out as `layout` says, after the records before that place;
 * CONFIG_INVALID when the layout names no key member. What `source` throws is passed on.
 */
export async function* scanRecords(
  source: AsyncIterable<Uint8Array>,
  options: ScanOptions,
): AsyncIterable<RecordSlice[]> {
  const scan = new StreamScan(options);
  const windowBytes = options.windowBytes ?? defaultWindowBytes;
  const wanted = (): number => Math.max(windowBytes, scan.pendingBytes);
  for await (const chunks of windows(source, wanted)) {
    const { batch, error } = scan.advance(chunks, false);
    if (batch.length > 0) yield batch;
    if (error !== undefined) throw error;
  }
  const { batch, error } = scan.advance([], true);
  if (batch.length > 0) yield batch;
  if (error !== undefined) throw error;
}
