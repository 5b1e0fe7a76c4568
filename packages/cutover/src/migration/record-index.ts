import type { CollectionDefinition } from "@cutover/core";
import type { RecordSlice } from "@cutover/json";
import { scanCollection } from "./scan-collection.ts";

/** Where a record lies in its file. */
export interface RecordPlace {
  readonly ordinal: number;
  /** First byte of the item: of its name in an object, of its value in an array. */
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

const empty = -1;

/** Spreads keys over 32 bits; equal hashes are told apart by the bytes in the file. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  }
  return (hash ^ (hash >>> 15)) | 0;
}

class Numbers {
  #values: Float64Array<ArrayBuffer> = new Float64Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Float64Array(this.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length] = value;
    this.length += 1;
  }

  at(index: number): number {
    return this.#values[index] ?? 0;
  }
}

/**
 * Where every record of a collection lies in a file, and which record has a key. About 40 bytes a
 * record, whatever the records hold.
 */
export class RecordIndex {
  readonly #starts = new Numbers();
  readonly #valueStarts = new Numbers();
  readonly #ends = new Numbers();
  readonly #hashes = new Numbers();
  /** Ordinals by hash, open addressing. */
  #slots: Int32Array<ArrayBuffer> = new Int32Array(2048).fill(empty);
  #indexed = 0;
  /** Ordinals of records that cannot be read; they are kept where they are. */
  readonly opaque: { readonly ordinal: number; readonly key: string | undefined }[] = [];

  /** @throws StorageError CORRUPT_DATA with the position when the file cannot be read */
  static async of(
    definition: CollectionDefinition,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<RecordIndex> {
    const index = new RecordIndex();
    for await (const batch of scanCollection(definition, chunks)) {
      for (const { slice, finding } of batch) index.#add(slice, finding !== undefined);
    }
    return index;
  }

  /** Records in the file, opaque ones included. */
  get size(): number {
    return this.#starts.length;
  }

  place(ordinal: number): RecordPlace {
    return {
      ordinal,
      start: this.#starts.at(ordinal),
      valueStart: this.#valueStarts.at(ordinal),
      end: this.#ends.at(ordinal),
    };
  }

  /**
   * @param isKey - whether the record at a place really has the key, by its bytes
   * @param hint - the ordinal to try first
   * @returns the ordinal of the readable record with this key, or -1
   */
  find(key: string, isKey: (place: RecordPlace) => boolean, hint: number): number {
    const hash = hashOf(key);
    if (hint < this.size && this.#hashes.at(hint) === hash && isKey(this.place(hint))) return hint;
    const mask = this.#slots.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const ordinal = this.#slots[at] ?? empty;
      if (ordinal === empty) return empty;
      if (this.#hashes.at(ordinal) === hash && isKey(this.place(ordinal))) return ordinal;
    }
  }

  #add(slice: RecordSlice, isOpaque: boolean): void {
    const ordinal = this.size;
    const { item, bytes, key } = slice;
    const start = slice.position.offset;
    this.#starts.push(start);
    this.#valueStarts.push(start + item.length - bytes.length);
    this.#ends.push(start + item.length);
    if (isOpaque || key === undefined) {
      // No hash of a key: a hint must not find what cannot be read.
      this.#hashes.push(Number.NaN);
      this.opaque.push({ ordinal, key });
      return;
    }
    const hash = hashOf(key);
    this.#hashes.push(hash);
    this.#place(ordinal, hash);
    this.#indexed += 1;
    if (this.#indexed * 2 > this.#slots.length) this.#grow();
  }

  #place(ordinal: number, hash: number): void {
    const mask = this.#slots.length - 1;
    let at = hash & mask;
    while ((this.#slots[at] ?? empty) !== empty) at = (at + 1) & mask;
    this.#slots[at] = ordinal;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(empty);
    for (let ordinal = 0; ordinal < this.size; ordinal += 1) {
      const hash = this.#hashes.at(ordinal);
      if (!Number.isNaN(hash)) this.#place(ordinal, hash);
    }
  }
}
