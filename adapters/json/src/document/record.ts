import { isJsonObject, type JsonValue, StorageError } from "@cutover/core";
import type { Flaw } from "./finding.ts";

const noFlaws: readonly Flaw[] = [];

/** What a record is made from; offsets are those of `source`. */
export interface RecordParts {
  readonly key: string | undefined;
  readonly source: Buffer;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
  readonly order: number;
  readonly flaws?: readonly Flaw[];
  readonly minusZero?: boolean;
  /** See {@link JsonRecord.isAsWritten}. Default: false. */
  readonly asWritten?: boolean;
  /** What the bytes say, where that is known; nobody changes it. Default: parsed when asked for. */
  readonly value?: JsonValue;
}

/** Minus zero becomes zero, everywhere in a freshly parsed value. */
function withoutMinusZero(value: JsonValue): JsonValue {
  if (typeof value === "number") return value === 0 ? 0 : value;
  if (Array.isArray(value)) return value.map(withoutMinusZero);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, withoutMinusZero(member)]);
  return Object.fromEntries(entries);
}

/** One record of a document: its key, its exact bytes, and its value once somebody asks. */
export class JsonRecord {
  /** Undefined where the document holds no key that could be looked up; such a record is opaque. */
  readonly key: string | undefined;
  /** Place among the document's records: ascending, not contiguous, kept when overwritten. */
  readonly order: number;
  /** Bytes of the whole item: in an object layout the name, the colon and the value. */
  readonly itemBytes: number;
  /** Why the record cannot be read; offsets count from its first byte. */
  readonly flaws: readonly Flaw[];
  /** The bytes of the value are what the document's format makes of it: nothing of them is to be kept. */
  readonly isAsWritten: boolean;
  readonly #valueAt: number;
  readonly #minusZero: boolean;
  #source: Buffer;
  #start: number;
  #value: JsonValue | undefined;

  constructor(parts: RecordParts) {
    this.key = parts.key;
    this.order = parts.order;
    this.itemBytes = parts.end - parts.start;
    this.flaws = parts.flaws ?? noFlaws;
    this.isAsWritten = parts.asWritten ?? false;
    this.#value = parts.value;
    this.#source = parts.source;
    this.#start = parts.start;
    this.#valueAt = parts.valueStart - parts.start;
    this.#minusZero = parts.minusZero ?? false;
  }

  /** True when the record holds what the store cannot represent: its bytes are kept, not read. */
  get isOpaque(): boolean {
    return this.flaws.length > 0;
  }

  /** Exactly the bytes of the value; a view, not a copy. */
  get bytes(): Buffer {
    return this.#source.subarray(this.#start + this.#valueAt, this.#start + this.itemBytes);
  }

  /** The bytes of the whole item; a view, not a copy. */
  get item(): Buffer {
    return this.#source.subarray(this.#start, this.#start + this.itemBytes);
  }

  /** The bytes before the value; a view, not a copy. */
  get lead(): Buffer {
    return this.#source.subarray(this.#start, this.#start + this.#valueAt);
  }

  /** How many bytes lead up to the value: name and colon in an object layout, nothing in an array layout. */
  get leadBytes(): number {
    return this.#valueAt;
  }

  /** Copies the bytes that lead up to the value to the beginning of `target`. */
  copyLead(target: Buffer): void {
    this.#source.copy(target, 0, this.#start, this.#start + this.#valueAt);
  }

  /** Copies the whole item to `at` in `target`. */
  copyItem(target: Buffer, at: number): void {
    this.#source.copy(target, at, this.#start, this.#start + this.itemBytes);
  }

  /** Whether the bytes of the value are those of `other` from `start` to its end; makes no view of them. */
  hasValueOf(other: Buffer, start: number): boolean {
    if (other.length - start !== this.itemBytes - this.#valueAt) return false;
    const from = this.#start + this.#valueAt;
    const end = this.#start + this.itemBytes;
    return this.#source.compare(other, start, other.length, from, end) === 0;
  }

  /**
   * The value, parsed at the first call and shared by all: callers must not change it.
   * @throws StorageError CORRUPT_DATA when the record is opaque; the document knows the position.
   */
  value(): JsonValue {
    this.#value ??= this.parse();
    return this.#value;
  }

  /**
   * The value, parsed anew: the caller may keep and change it.
   * @throws StorageError CORRUPT_DATA when the record is opaque.
   */
  parse(): JsonValue {
    if (this.isOpaque) {
      throw new StorageError("CORRUPT_DATA", "The record holds what the store cannot represent.");
    }
    const value: JsonValue = JSON.parse(
      this.#source.toString("utf8", this.#start + this.#valueAt, this.#start + this.itemBytes),
    );
    return this.#minusZero ? withoutMinusZero(value) : value;
  }

  /** The same record with flaws added; offsets count from its first byte. */
  withFlaw(flaw: Flaw): JsonRecord {
    return new JsonRecord({ ...this.#parts(), flaws: [...this.flaws, flaw] });
  }

  /** The same record at another place among the others. */
  withOrder(order: number): JsonRecord {
    const record = new JsonRecord({ ...this.#parts(), order });
    record.#value = this.#value;
    return record;
  }

  /** Reads from `source` from now on, where the same bytes lie at `start`; lets go of the old one. */
  moveTo(source: Buffer, start: number): void {
    this.#source = source;
    this.#start = start;
  }

  #parts(): RecordParts {
    return {
      key: this.key,
      source: this.#source,
      start: this.#start,
      valueStart: this.#start + this.#valueAt,
      end: this.#start + this.itemBytes,
      order: this.order,
      flaws: this.flaws,
      minusZero: this.#minusZero,
      asWritten: this.isAsWritten,
    };
  }
}
