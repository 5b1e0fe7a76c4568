import type { CollectionDefinition, JsonValue } from "@cutover/core";
import { detectFormat, type DocumentFormat, formatValue, reformat } from "@cutover/json";
import type { FileWindow } from "./file-window.ts";
import type { RecordIndex } from "./record-index.ts";

const sampleBytes = 65_536;
const nothing = { bytes: Buffer.from("null"), value: null };

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** How a file with at least one record sets its records, learned from the first two. */
export class RecordStyle {
  /** Between the opening bracket and the first record. */
  readonly firstGap: Buffer;
  /** Between two records, comma included. */
  readonly separator: Buffer;
  readonly #format: DocumentFormat;
  readonly #place: { format: DocumentFormat; depth: number; indentation?: string };
  /** Between a record's name and its value; undefined in an array. */
  readonly #colon: string | undefined;

  constructor(definition: CollectionDefinition, index: RecordIndex, source: FileWindow) {
    const first = index.place(0);
    this.#format = detectFormat(source.read(0, Math.min(source.sizeBytes, sampleBytes)));
    this.firstGap = Buffer.from(gapBefore(source, first.start));
    const gap = this.firstGap.toString("utf8");
    const line = gap.lastIndexOf("\n");
    this.separator =
      index.size > 1
        ? Buffer.from(source.read(first.end, index.place(1).start))
        : Buffer.from(line < 0 ? `,${this.#format.itemSeparator}` : `,${gap}`);
    const depth = definition.file.at.length + 1;
    const { shape } = definition.file;
    this.#place = {
      format: this.#format,
      depth,
      ...(line < 0 ? {} : { indentation: gap.slice(line + 1) }),
    };
    const lead = source.read(first.start, first.valueStart).toString("utf8");
    this.#colon = shape === "object" ? lead.slice(lead.lastIndexOf('"') + 1) : undefined;
  }

  /** The bytes of a record that was not there before. */
  newItem(key: string, value: JsonValue): Buffer {
    const written = reformat(nothing, value, this.#place);
    if (this.#colon === undefined) return written;
    return Buffer.concat([formatValue(key, this.#format, 0), Buffer.from(this.#colon), written]);
  }

  /** The bytes of a value that changes; what stays equal in it keeps its bytes. */
  changed(bytes: Buffer, previous: JsonValue, value: JsonValue): Buffer {
    return reformat({ bytes, value: previous }, value, this.#place);
  }
}

/** White space in front of an offset. */
function gapBefore(source: FileWindow, end: number): Buffer {
  const from = Math.max(0, end - 4096);
  const before = source.read(from, end);
  let at = before.length;
  while (at > 0 && isSpace(before[at - 1])) at -= 1;
  return before.subarray(at);
}

/** Offset behind the white space that follows an offset. */
export function gapEnd(source: FileWindow, start: number): number {
  let at = start;
  while (at < source.sizeBytes && isSpace(source.read(at, at + 1)[0])) at += 1;
  return at;
}
