import { hexDigit, isDigit, isSimpleEscape } from "./byte-tables.ts";
import { ascii } from "./bytes.ts";
import {
  controlCharacter,
  cutOff,
  incomplete,
  lookaheadBytes,
  ScanFault,
  trailingComma,
  unexpectedAt,
  unknownEscape,
} from "./fault.ts";
import { type FindingCode, type Flaw, maxDepth } from "./finding.ts";
import { numberFlaw } from "./number-flaw.ts";
import { decodeText, grown, hashName, NameStack } from "./names.ts";

/** Flaws kept of one record; a record full of them needs no longer list. */
const maxFlaws = 100;

/** Marks an open array on the container stack; objects put their first name's index there. */
const openArray = -1;

/**
 * Checks JSON (RFC 8259, strictly) over bytes that are valid UTF-8, and finds where values end.
 * Builds no values. Not recursive: nesting is bounded by memory, never by the stack.
 *
 * A window that is not final throws {@link incomplete} where it ends; the caller comes back with
 * more bytes and starts the unit again.
 */
export class Scanner {
  /** What the store cannot hold, found since the caller last emptied it. */
  readonly flaws: Flaw[] = [];
  /** Names of the objects being scanned; after a value, those of its outermost object. */
  readonly names: NameStack = new NameStack();
  /** Names of the outermost object of the last value; 0 when it was no object. */
  rootNames = 0;
  /** A number that may be minus zero was seen since the caller last cleared this. */
  minusZero = false;
  #bytes: Buffer = Buffer.alloc(0);
  #limit = 0;
  #final = true;
  #open = new Int32Array(64);

  load(bytes: Buffer, final: boolean): void {
    this.#bytes = bytes;
    this.#limit = bytes.length;
    this.#final = final;
    this.names.bytes = bytes;
  }

  /** First offset from `at` on that is not white space; may be the end of the bytes. */
  space(at: number): number {
    const bytes = this.#bytes;
    const limit = this.#limit;
    let pos = at;
    while (pos < limit) {
      const byte = bytes[pos];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
        return pos;
      }
      pos += 1;
    }
    return pos;
  }

  /** The byte at `at`; at the end of the bytes it throws that `wanted` is missing. */
  need(at: number, wanted: string): number {
    if (at >= this.#limit) this.#ended(wanted);
    return this.#bytes[at] ?? 0;
  }

  /** Throws the fault of the byte at `at`, once enough bytes are there to name it. */
  unexpected(at: number, wanted: string): never {
    if (!this.#final && this.#limit - at < lookaheadBytes) throw incomplete;
    throw unexpectedAt(this.#bytes, at, wanted);
  }

  /** Scans the value that begins at `start` and returns the offset behind it. */
  value(start: number): number {
    this.names.count = 0;
    this.rootNames = 0;
    let depth = 0;
    let pos = start;
    for (;;) {
      const byte = this.need(pos, "a value");
      if (byte === ascii.quote) {
        pos = this.string(pos);
      } else if (byte === ascii.openBrace || byte === ascii.openBracket) {
        depth = this.#push(depth, byte, pos);
        const inner = this.space(pos + 1);
        // Closing bracket and brace lie two above their opening ones.
        if (this.need(inner, "a value or a closing bracket") === byte + 2) pos = inner;
        else {
          pos = byte === ascii.openBrace ? this.#member(inner, false) : inner;
          continue;
        }
        depth = this.#pop(depth);
        pos += 1;
      } else if (byte === ascii.minus || (byte >= ascii.zero && byte <= ascii.nine)) {
        pos = this.#number(pos, byte);
      } else {
        pos = this.#literal(pos, byte);
      }
      for (;;) {
        if (depth === 0) return pos;
        pos = this.space(pos);
        const next = this.need(pos, "a comma or a closing bracket");
        const isArray = this.#open[depth - 1] === openArray;
        if (next === ascii.comma) {
          pos = this.space(pos + 1);
          if (!isArray) pos = this.#member(pos, true);
          else if (this.need(pos, "a value") === ascii.closeBracket) throw trailingComma(pos);
          break;
        }
        if (next !== (isArray ? ascii.closeBracket : ascii.closeBrace)) {
          this.unexpected(pos, isArray ? "`,` or `]`" : "`,` or `}`");
        }
        depth = this.#pop(depth);
        pos += 1;
      }
    }
  }

  /** Scans the string whose quote is at `start` and returns the offset behind it. */
  string(start: number): number {
    const bytes = this.#bytes;
    const limit = this.#limit;
    let pos = start + 1;
    while (pos < limit) {
      const byte = bytes[pos] ?? 0;
      if (byte === ascii.quote) return pos + 1;
      if (byte === ascii.backslash) pos = this.#escape(pos);
      else if (byte < ascii.space) throw controlCharacter(pos);
      else pos += 1;
    }
    return this.#ended("the closing quote of a string");
  }

  /** From behind a member's name to the first byte of its value. */
  colon(at: number): number {
    const pos = this.space(at);
    if (this.need(pos, "a colon") !== ascii.colon) this.unexpected(pos, "`:`");
    return this.space(pos + 1);
  }

  /** The quote that a member name begins with, or the fault of what stands there instead. */
  nameAt(at: number, afterComma: boolean): number {
    const byte = this.need(at, "a member name");
    if (byte === ascii.quote) return at;
    if (afterComma && byte === ascii.closeBrace) throw trailingComma(at);
    return this.unexpected(at, 'a member name in double quotes (`"`)');
  }

  #member(at: number, afterComma: boolean): number {
    const start = this.nameAt(at, afterComma);
    const bytes = this.#bytes;
    const limit = this.#limit;
    let hash = 0;
    for (let pos = start + 1; pos < limit; pos += 1) {
      const byte = bytes[pos] ?? 0;
      if (byte === ascii.quote) {
        this.names.push(hash, start, pos + 1);
        // By far the most frequent spellings: `":` with a space, or without one.
        if (bytes[pos + 1] === ascii.colon && pos + 3 < limit) {
          if ((bytes[pos + 2] ?? 0) > ascii.space) return pos + 2;
          if (bytes[pos + 2] === ascii.space && (bytes[pos + 3] ?? 0) > ascii.space) return pos + 3;
        }
        return this.colon(pos + 1);
      }
      if (byte === ascii.backslash) return this.#escapedMember(start);
      if (byte < ascii.space) throw controlCharacter(pos);
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    return this.#ended("the closing quote of a member name");
  }

  #escapedMember(start: number): number {
    const end = this.string(start);
    this.names.push(hashName(decodeText(this.#bytes, start, end)), start, end);
    return this.colon(end);
  }

  #push(depth: number, byte: number, at: number): number {
    if (depth === this.#open.length) {
      this.#open = grown(this.#open);
    }
    this.#open[depth] = byte === ascii.openBracket ? openArray : this.names.count;
    if (depth === maxDepth) this.#flaw("too-deep", at);
    return depth + 1;
  }

  #pop(depth: number): number {
    const base = this.#open[depth - 1] ?? openArray;
    if (base !== openArray) {
      const duplicate = this.names.duplicateFrom(base);
      if (duplicate >= 0) this.#flaw("duplicate-member", duplicate);
      if (depth === 1) this.rootNames = this.names.count;
      this.names.count = base;
    }
    return depth - 1;
  }

  #number(start: number, first: number): number {
    const bytes = this.#bytes;
    let pos = start;
    if (first === ascii.minus) {
      pos += 1;
      const digit = this.need(pos, "a digit");
      if (digit < ascii.zero || digit > ascii.nine) this.unexpected(start, "a digit after `-`");
      if (digit === ascii.zero) this.minusZero = true;
    }
    const digits = pos;
    pos = this.#digits(pos);
    if (bytes[digits] === ascii.zero && pos > digits + 1) {
      throw new ScanFault("a JSON number has no leading zeros; remove them", start);
    }
    const integerEnd = pos;
    if (bytes[pos] === ascii.dot) pos = this.#digitsAfter(pos + 1, "the decimal point");
    const mark = bytes[pos];
    const hasExponent = mark === ascii.lowerE || mark === ascii.upperE;
    if (hasExponent) {
      const sign = bytes[pos + 1] === ascii.plus || bytes[pos + 1] === ascii.minus;
      pos = this.#digitsAfter(pos + (sign ? 2 : 1), "the exponent's `e`");
    }
    if (pos >= this.#limit && !this.#final) throw incomplete;
    if (hasExponent || integerEnd - digits > 15) {
      const text = bytes.toString("latin1", start, pos);
      const code = numberFlaw(text, pos === integerEnd);
      if (code !== undefined) this.#flaw(code, start);
    }
    return pos;
  }

  #digits(at: number): number {
    const bytes = this.#bytes;
    let pos = at;
    while (pos < this.#limit && isDigit(bytes[pos])) pos += 1;
    return pos;
  }

  #digitsAfter(at: number, what: string): number {
    const wanted = `a digit after ${what}`;
    if (!isDigit(this.need(at, wanted))) this.unexpected(at, wanted);
    return this.#digits(at);
  }

  #literal(start: number, byte: number): number {
    const word = byte === 0x74 ? "true" : byte === 0x66 ? "false" : byte === 0x6e ? "null" : "";
    if (word === "") this.unexpected(start, "a value");
    for (let i = 1; i < word.length; i += 1) {
      if (this.need(start + i, "the rest of a word") !== word.charCodeAt(i)) {
        throw new ScanFault("a bare word is no JSON value; put text in double quotes", start);
      }
    }
    return start + word.length;
  }

  #escape(at: number): number {
    const letter = this.need(at + 1, "the rest of an escape");
    if (letter !== ascii.lowerU) {
      if (isSimpleEscape(letter)) return at + 2;
      throw unknownEscape(at);
    }
    const unit = this.#hex4(at + 2);
    if (unit === 0) this.#flaw("nul", at);
    if ((unit & 0xf800) !== 0xd800) return at + 6;
    if (
      unit < 0xdc00 &&
      this.need(at + 6, "the closing quote of a string") === ascii.backslash &&
      this.need(at + 7, "the rest of an escape") === ascii.lowerU &&
      (this.#hex4(at + 8) & 0xfc00) === 0xdc00
    ) {
      return at + 12;
    }
    this.#flaw("lone-surrogate", at);
    return at + 6;
  }

  #hex4(at: number): number {
    let unit = 0;
    for (let i = at; i < at + 4; i += 1) {
      const digit = hexDigit(this.need(i, "four hexadecimal digits"));
      if (digit < 0) throw new ScanFault("`\\u` needs four hexadecimal digits", i);
      unit = unit * 16 + digit;
    }
    return unit;
  }

  #flaw(code: FindingCode, offset: number): void {
    if (this.flaws.length < maxFlaws) this.flaws.push({ code, offset });
  }

  #ended(wanted: string): never {
    if (!this.#final) throw incomplete;
    throw cutOff(wanted, this.#limit);
  }
}
