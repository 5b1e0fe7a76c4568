import { isAscii } from "node:buffer";
import { ascii, isByteOrderMark, isSpace } from "./bytes.ts";
import { defaultFormat, type DocumentFormat } from "./format.ts";
import { stringEnd } from "./path.ts";

/** Bytes looked at to learn a document's style. */
const sampleBytes = 65_536;

interface OpenContainer {
  readonly isArray: boolean;
  readonly isMultiline: boolean;
  readonly isEmpty: boolean;
  isScalar: boolean;
}

/** An escape that only a writer of pure ASCII needs. */
const nonAsciiEscape = /\\u(?!00[0-7])[0-9a-fA-F]{4}/;

/** What a sample of a document's containers and separators shows. */
class StyleSample {
  indent: string | undefined;
  itemSeparator: string | undefined;
  keySeparator: string | undefined;
  deepestMultiline = -1;
  shallowestInline = Number.POSITIVE_INFINITY;
  inlineScalarArrays = 0;
  multilineScalarArrays = 0;
  readonly #open: OpenContainer[] = [];
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    const limit = Math.min(bytes.length, sampleBytes);
    let at = isByteOrderMark(bytes, 0) ? 3 : 0;
    while (at < limit) {
      const byte = bytes[at];
      if (byte === ascii.quote) {
        const end = stringEnd(bytes, at, limit);
        if (end < 0) return;
        at = end;
        continue;
      }
      at += 1;
      this.#see(byte, at);
    }
  }

  #see(byte: number | undefined, after: number): void {
    if (byte === ascii.openBrace || byte === ascii.openBracket) this.#enter(byte, after);
    else if (byte === ascii.closeBrace || byte === ascii.closeBracket) this.#leave();
    else if (byte === ascii.colon) this.keySeparator ??= this.#gap(after);
    else if (byte === ascii.comma) {
      const gap = this.#gap(after);
      if (!gap.includes("\n")) this.itemSeparator ??= gap;
    }
  }

  #enter(byte: number, after: number): void {
    const parent = this.#open.at(-1);
    if (parent !== undefined) parent.isScalar = false;
    const gap = this.#gap(after);
    const next = this.#bytes[after + gap.length];
    const isEmpty = next === ascii.closeBrace || next === ascii.closeBracket;
    const isMultiline = gap.includes("\n");
    if (this.#open.length === 0 && !isEmpty) {
      this.indent = isMultiline ? gap.slice(gap.lastIndexOf("\n") + 1) : "";
    }
    const isArray = byte === ascii.openBracket;
    this.#open.push({ isArray, isMultiline, isEmpty, isScalar: true });
  }

  #leave(): void {
    const closed = this.#open.pop();
    if (closed === undefined || closed.isEmpty) return;
    const depth = this.#open.length;
    if (closed.isArray && closed.isScalar) {
      if (closed.isMultiline) this.multilineScalarArrays += 1;
      else this.inlineScalarArrays += 1;
    } else if (closed.isMultiline) this.deepestMultiline = Math.max(this.deepestMultiline, depth);
    else this.shallowestInline = Math.min(this.shallowestInline, depth);
  }

  #gap(from: number): string {
    let end = from;
    while (isSpace(this.#bytes[end])) end += 1;
    return this.#bytes.toString("latin1", from, end);
  }
}

/** True when the sample spells `/` as `\/` and never bare. */
function escapesSlash(sample: Buffer): boolean {
  if (!sample.includes(String.raw`\/`)) return false;
  const unescaped = sample
    .toString("latin1")
    .replaceAll("\\\\", "")
    .replaceAll(String.raw`\/`, "");
  return !unescaped.includes("/");
}

/**
 * Learns how a document is spelt. What it does not show is taken from `hint`; text that is ASCII
 * throughout is taken for Python's, which escapes everything else, unless the hint says otherwise.
 */
export function detectFormat(bytes: Buffer, hint: Partial<DocumentFormat> = {}): DocumentFormat {
  const base = { ...defaultFormat, ...hint };
  const sample = new StyleSample(bytes);
  const head = bytes.subarray(0, sampleBytes);
  const indent = sample.indent ?? base.indent;
  const firstBreak = bytes.indexOf(ascii.lineFeed);
  const isCarriage = firstBreak > 0 && bytes[firstBreak - 1] === ascii.carriageReturn;
  const compact = indent === "" ? (sample.keySeparator ?? base.itemSeparator) : " ";
  const isMixed = indent !== "" && sample.shallowestInline > sample.deepestMultiline;
  return {
    indent,
    newline: firstBreak < 0 ? base.newline : isCarriage ? "\r\n" : "\n",
    itemSeparator: sample.itemSeparator ?? compact,
    keySeparator: sample.keySeparator ?? base.keySeparator,
    ascii: isAscii(bytes) && (hint.ascii !== false || nonAsciiEscape.test(head.toString("latin1"))),
    escapeSlash: escapesSlash(head) || base.escapeSlash,
    trailingNewline: bytes.at(-1) === ascii.lineFeed,
    byteOrderMark: isByteOrderMark(bytes, 0),
    inlineFrom: isMixed ? sample.shallowestInline : Number.POSITIVE_INFINITY,
    inlineScalarArrays:
      indent !== "" && sample.inlineScalarArrays > 0 && sample.multilineScalarArrays === 0,
  };
}
