import { ascii, isByteOrderMark } from "./bytes.ts";
import { incomplete, ScanFault, trailingComma } from "./fault.ts";
import type { FindingCode, Flaw } from "./finding.ts";
import { type DocumentLayout, keyMemberOf } from "./layout.ts";
import { decodeText, hashName } from "./names.ts";
import type { PathFrame } from "./path.ts";
import { keyFlaw, lookupKey, type RecordSpan } from "./record-span.ts";
import { Scanner } from "./scanner.ts";

type Phase = "start" | "members" | "records" | "after" | "tail" | "done";

const noFlaws: readonly Flaw[] = [];

/**
 * Walks a document from its first byte to its last: down to the records, over them one by one, and
 * out again. Works on windows: what a window cannot complete is begun again in the next one, from
 * {@link position} on.
 */
export class RecordWalker {
  /** Everything before this offset of the window is done with. */
  position = 0;
  /** Offset behind the bracket that opens the records. */
  openEnd = 0;
  /** Offset of the bracket that closes the records. */
  closeStart = 0;
  hasByteOrderMark = false;
  records = 0;
  readonly #layout: DocumentLayout;
  readonly #keyMember: string | undefined;
  readonly #keyHash: number;
  readonly #emit: (span: RecordSpan) => void;
  readonly #scanner = new Scanner();
  #bytes: Buffer = Buffer.alloc(0);
  #limit = 0;
  #final = true;
  #phase: Phase = "start";
  #level = 0;
  #isFirst = true;
  #lastKey: string | undefined;

  constructor(layout: DocumentLayout, emit: (span: RecordSpan) => void) {
    this.#layout = layout;
    this.#keyMember = keyMemberOf(layout);
    this.#keyHash = hashName(this.#keyMember ?? "");
    this.#emit = emit;
  }

  /**
   * Goes on as far as the window allows.
   * @returns true when the document is complete, false when more bytes are needed.
   * @throws ScanFault at the first break of grammar or layout.
   */
  walk(bytes: Buffer, final: boolean): boolean {
    this.#bytes = bytes;
    this.#limit = bytes.length;
    this.#final = final;
    this.#scanner.load(bytes, final);
    try {
      while (this.#phase !== "done") this.#step(this.#phase);
      return true;
    } catch (error) {
      if (error === incomplete) return false;
      throw error;
    }
  }

  /** Goes on among the records at `at`, as if everything before had been walked. */
  resume(at: number, records: number, lastKey: string | undefined): void {
    this.position = at;
    this.records = records;
    this.#lastKey = lastKey;
    this.#level = this.#layout.at.length;
    this.#isFirst = records === 0;
    this.#phase = "records";
  }

  /** The containers open at {@link position}, for telling the path of a fault behind it. */
  frames(): PathFrame[] {
    const phase = this.#phase;
    if (phase === "start" || phase === "tail" || phase === "done") return [];
    const outer = phase === "after" ? this.#level - 1 : this.#level;
    const frames: PathFrame[] = this.#layout.at
      .slice(0, outer)
      .map((step) => ({ isArray: false, step }));
    if (phase === "records" && this.#keyMember !== undefined) {
      frames.push({ isArray: true, step: Math.max(this.records - 1, 0) });
    } else {
      frames.push({ isArray: false, step: this.#lastStep() });
    }
    return frames;
  }

  /** The member that was passed last in the innermost open object. */
  #lastStep(): string | undefined {
    if (this.#phase === "records") return this.#isFirst ? undefined : this.#lastKey;
    if (this.#phase === "after" && this.#isFirst) return this.#layout.at[this.#level - 1];
    return undefined;
  }

  #step(phase: Phase): void {
    if (phase === "records") this.#nextRecord();
    else if (phase === "start") this.#start();
    else if (phase === "members") this.#nextMember();
    else if (phase === "after") this.#nextAfter();
    else this.#tail();
  }

  #start(): void {
    if (!this.#final && this.#limit < 3) throw incomplete;
    this.hasByteOrderMark = isByteOrderMark(this.#bytes, 0);
    const at = this.#scanner.space(this.hasByteOrderMark ? 3 : 0);
    if (at >= this.#limit && this.#final) {
      const what = this.#limit === 0 ? "empty (0 bytes)" : "blank";
      throw new ScanFault(
        `the file is ${what}, which is no JSON; restore a backup, or remove the file to begin anew`,
        at,
      );
    }
    if (this.#layout.at.length === 0) return this.#openRecords(at);
    this.#expectOpening(at, ascii.openBrace);
    this.#commit(at + 1, "members");
    this.#isFirst = true;
  }

  #nextMember(): void {
    const at = this.#memberStart();
    if (at < 0) {
      const path = this.#layout.at.slice(0, this.#level + 1).join(".");
      throw new ScanFault(
        `the member \`${path}\`, which should hold the records, is missing`,
        this.position,
      );
    }
    const nameEnd = this.#scanner.string(at);
    const valueAt = this.#scanner.colon(nameEnd);
    if (decodeText(this.#bytes, at, nameEnd) !== this.#layout.at[this.#level]) {
      return this.#skipValue(valueAt);
    }
    if (this.#level + 1 === this.#layout.at.length) {
      this.#openRecords(valueAt);
    } else {
      this.#expectOpening(valueAt, ascii.openBrace);
      this.#commit(valueAt + 1, "members");
    }
    this.#level += 1;
    this.#isFirst = true;
  }

  #nextAfter(): void {
    const at = this.#memberStart();
    if (at < 0) {
      const end = this.#scanner.space(this.position) + 1;
      this.#level -= 1;
      this.#isFirst = true;
      this.#commit(end, this.#level === 0 ? "tail" : "after");
      return;
    }
    const nameEnd = this.#scanner.string(at);
    const valueAt = this.#scanner.colon(nameEnd);
    const name = decodeText(this.#bytes, at, nameEnd);
    if (name === this.#layout.at[this.#level - 1]) {
      throw new ScanFault(`the member \`${name}\` appears twice; keep one of them`, at);
    }
    this.#skipValue(valueAt);
  }

  /** Offset of the next member's name in the wrapper, or -1 where the wrapper closes. */
  #memberStart(): number {
    const isFirst = this.#phase === "members" && this.#isFirst;
    const at = this.#scanner.space(this.position);
    const byte = this.#scanner.need(at, "a comma or a closing brace");
    if (byte === ascii.closeBrace) return -1;
    if (isFirst) return this.#scanner.nameAt(at, false);
    if (byte !== ascii.comma) this.#scanner.unexpected(at, "`,` or `}`");
    return this.#scanner.nameAt(this.#scanner.space(at + 1), true);
  }

  #skipValue(at: number): void {
    this.#commit(this.#scanner.value(at), this.#phase);
    this.#isFirst = false;
  }

  #openRecords(at: number): void {
    const isArray = this.#layout.shape === "array";
    this.#expectOpening(at, isArray ? ascii.openBracket : ascii.openBrace);
    this.#commit(at + 1, "records");
    this.openEnd = at + 1;
    this.#isFirst = true;
  }

  #expectOpening(at: number, opening: number): void {
    const byte = this.#scanner.need(at, "a value");
    if (byte === opening) return;
    if (byte !== ascii.openBrace && byte !== ascii.openBracket) this.#scanner.value(at);
    const wanted = opening === ascii.openBrace ? "an object" : "an array";
    throw new ScanFault(`the layout says that ${wanted} stands here, and it does not`, at);
  }

  #nextRecord(): void {
    const scanner = this.#scanner;
    const isArray = this.#keyMember !== undefined;
    let at = scanner.space(this.position);
    const byte = scanner.need(at, "a comma or a closing bracket");
    if (byte === (isArray ? ascii.closeBracket : ascii.closeBrace)) {
      this.closeStart = at;
      this.#isFirst = true;
      return this.#commit(at + 1, this.#level === 0 ? "tail" : "after");
    }
    if (!this.#isFirst) {
      if (byte !== ascii.comma) scanner.unexpected(at, isArray ? "`,` or `]`" : "`,` or `}`");
      at = scanner.space(at + 1);
      if (isArray && scanner.need(at, "a value") === ascii.closeBracket) throw trailingComma(at);
    }
    scanner.flaws.length = 0;
    scanner.minusZero = false;
    const span = isArray ? this.#element(at) : this.#entry(at);
    this.position = span.end;
    this.records += 1;
    this.#isFirst = false;
    this.#lastKey = span.key;
    this.#emit(span);
  }

  #entry(at: number): RecordSpan {
    const scanner = this.#scanner;
    const start = scanner.nameAt(at, !this.#isFirst);
    const nameEnd = scanner.string(start);
    const valueStart = scanner.colon(nameEnd);
    const end = scanner.value(valueStart);
    const key = decodeText(this.#bytes, start, nameEnd);
    this.#checkKey(key, start, nameEnd);
    return this.#span({ key: lookupKey(key), start, valueStart, end });
  }

  #element(start: number): RecordSpan {
    const scanner = this.#scanner;
    const end = scanner.value(start);
    const { names } = scanner;
    const member = names.find(this.#keyMember ?? "", this.#keyHash, scanner.rootNames);
    if (member < 0) {
      const isObject = this.#bytes[start] === ascii.openBrace;
      this.#flaw(isObject ? "key-missing" : "not-an-object", start);
      return this.#span({ key: undefined, start, valueStart: start, end });
    }
    const keyStart = scanner.colon(names.endOf(member));
    if (this.#bytes[keyStart] !== ascii.quote) {
      this.#flaw("key-not-text", keyStart);
      return this.#span({ key: undefined, start, valueStart: start, end });
    }
    const keyEnd = this.#stringEnd(keyStart);
    const key = decodeText(this.#bytes, keyStart, keyEnd);
    this.#checkKey(key, keyStart, keyEnd);
    return this.#span({ key: lookupKey(key), start, valueStart: start, end });
  }

  /** Scans a string once more, without noting its flaws again. */
  #stringEnd(start: number): number {
    const { flaws } = this.#scanner;
    const known = flaws.length;
    const end = this.#scanner.string(start);
    flaws.length = known;
    return end;
  }

  #checkKey(key: string, start: number, end: number): void {
    const code = keyFlaw(key, end - start);
    if (code !== undefined) this.#flaw(code, start);
  }

  #flaw(code: FindingCode, offset: number): void {
    this.#scanner.flaws.push({ code, offset });
  }

  #span(span: Pick<RecordSpan, "key" | "start" | "valueStart" | "end">): RecordSpan {
    const { flaws, minusZero } = this.#scanner;
    return { ...span, flaws: flaws.length === 0 ? noFlaws : [...flaws], minusZero };
  }

  #tail(): void {
    this.position = this.#scanner.space(this.position);
    if (this.position < this.#limit) {
      throw new ScanFault(
        "something follows after the end of the document; a file holds one JSON value",
        this.position,
      );
    }
    if (!this.#final) throw incomplete;
    this.#phase = "done";
  }

  #commit(position: number, phase: Phase): void {
    this.position = position;
    this.#phase = phase;
  }
}
