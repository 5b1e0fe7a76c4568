/** What a value begins with. */
export type ValueKind = "object" | "array" | "scalar";

/** A member of a document's top-level object, seen from afar. */
export interface MemberOutline {
  readonly name: string;
  readonly kind: ValueKind;
  readonly sizeBytes: number;
  /** What its own members or elements are; none for a scalar. */
  readonly inside: Readonly<Record<ValueKind, number>>;
}

/** A document seen from afar. */
export interface FileOutline {
  /** `blank`: nothing but white space. */
  readonly kind: ValueKind | "blank";
  /** What the top level holds. */
  readonly inside: Readonly<Record<ValueKind, number>>;
  /** The first members of a top-level object. */
  readonly members: readonly MemberOutline[];
}

type Counts = Record<ValueKind, number>;

interface OpenMember {
  name: string;
  kind: ValueKind | undefined;
  start: number;
  inside: Counts;
}

/** A document with more members at its top is no wrapper, so that more need not be remembered. */
const mostMembers = 64;
const longestName = 1024;

const noCounts = (): Counts => ({ object: 0, array: 0, scalar: 0 });

const byte = {
  quote: 0x22,
  backslash: 0x5c,
  comma: 0x2c,
  colon: 0x3a,
  openBrace: 0x7b,
  openBracket: 0x5b,
  closeBrace: 0x7d,
  closeBracket: 0x5d,
};

function decodedName(bytes: readonly number[]): string {
  try {
    return String(JSON.parse(`"${Buffer.from(bytes).toString("utf8")}"`));
  } catch {
    // Not valid JSON: the scan that follows says where.
    return Buffer.from(bytes).toString("utf8");
  }
}

/** Counts brackets and commas down to the second level, byte by byte; checks nothing. */
class OutlineScan {
  kind: ValueKind | "blank" = "blank";
  readonly inside = noCounts();
  readonly members: MemberOutline[] = [];
  #at = 0;
  #depth = 0;
  #isInText = false;
  #isEscaped = false;
  #expectsValue = true;
  #name: number[] = [];
  #isName = false;
  #member: OpenMember | undefined;

  feed(chunk: Uint8Array): void {
    for (const value of chunk) {
      if (this.#isInText) this.#inText(value);
      else this.#outside(value);
      this.#at += 1;
    }
  }

  #inText(value: number): void {
    const ends = value === byte.quote && !this.#isEscaped;
    this.#isEscaped = value === byte.backslash && !this.#isEscaped;
    if (ends) this.#isInText = false;
    else if (this.#isName && this.#name.length < longestName) this.#name.push(value);
  }

  #outside(value: number): void {
    if (value <= 0x20) return;
    // A byte order mark.
    if (this.#at < 3 && value > 0x7f) return;
    if (value === byte.closeBrace || value === byte.closeBracket) return this.#close();
    if (value === byte.comma) return this.#separate();
    if (value === byte.colon) {
      this.#expectsValue = true;
      if (this.#depth === 1 && this.#member !== undefined) this.#member.start = this.#at + 1;
      return;
    }
    if (value === byte.quote) this.#openText();
    const kind =
      value === byte.openBrace ? "object" : value === byte.openBracket ? "array" : "scalar";
    if (this.#expectsValue) this.#value(kind);
    if (kind !== "scalar") {
      this.#depth += 1;
      this.#expectsValue = kind === "array";
    }
  }

  #openText(): void {
    this.#isInText = true;
    this.#isName = this.#depth === 1 && this.kind === "object" && !this.#expectsValue;
    if (!this.#isName) return;
    this.#name = [];
    this.#member = { name: "", kind: undefined, start: this.#at, inside: noCounts() };
  }

  /** A value begins here: of the document, of its top level, or of one of its members. */
  #value(kind: ValueKind): void {
    this.#expectsValue = false;
    if (this.#depth === 0) this.kind = kind;
    if (this.#depth === 1) {
      this.inside[kind] += 1;
      if (this.#member !== undefined) this.#member.kind = kind;
    }
    if (this.#depth === 2 && this.#member !== undefined) this.#member.inside[kind] += 1;
  }

  #close(): void {
    if (this.#depth === 1) this.#endMember();
    this.#depth -= 1;
    this.#expectsValue = false;
  }

  #separate(): void {
    if (this.#depth === 1) this.#endMember();
    // Inside an object a name comes first; which container this is, only the levels above 2 tell.
    this.#expectsValue = this.#isArrayOpen();
  }

  #isArrayOpen(): boolean {
    if (this.#depth === 1) return this.kind === "array";
    if (this.#depth === 2) return this.kind === "array" ? false : this.#member?.kind === "array";
    return false;
  }

  #endMember(): void {
    const member = this.#member;
    this.#member = undefined;
    if (member?.kind === undefined || this.members.length >= mostMembers) return;
    const { kind, start, inside } = member;
    const sizeBytes = this.#at - start;
    this.members.push({ name: decodedName(this.#name), kind, sizeBytes, inside });
  }
}

/**
 * Sees what a JSON file holds on its first two levels, in constant memory. Whether it is valid
 * JSON is not its business.
 */
export async function outlineOf(source: AsyncIterable<Uint8Array>): Promise<FileOutline> {
  const scan = new OutlineScan();
  for await (const chunk of source) scan.feed(chunk);
  const { kind, inside, members } = scan;
  return { kind, inside, members };
}
