/** Slots of the hash table that looks for equal names; a power of two. */
const slots = 1024;

/** Objects with more members than this are compared by decoded names in a Set. */
const manyNames = 256;

/** Decodes the JSON string between two offsets, quotes included. */
export function decodeText(bytes: Buffer, start: number, end: number): string {
  const raw = bytes.toString("utf8", start + 1, end - 1);
  return raw.includes("\\") ? String(JSON.parse(`"${raw}"`)) : raw;
}

/** FNV-like hash of a name's decoded UTF-8 bytes; the scanner computes the same while it reads. */
export function hashName(name: string): number {
  let hash = 0;
  for (const byte of Buffer.from(name, "utf8")) hash = (Math.imul(hash, 31) + byte) | 0;
  return hash;
}

/** The same entries with room for as many more. */
export function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const next = new Int32Array(array.length * 2);
  next.set(array);
  return next;
}

/**
 * Member names of the objects that are open during a scan, innermost last: hashes and offsets in
 * flat arrays, so that finding duplicates costs no allocation in a record without any.
 */
export class NameStack {
  bytes: Buffer = Buffer.alloc(0);
  count = 0;
  #hashes = new Int32Array(256);
  #starts = new Int32Array(256);
  #ends = new Int32Array(256);
  #seen = new Int32Array(slots);
  #generation = 0;

  /** Adds the name whose token, quotes included, lies between `start` and `end`. */
  push(hash: number, start: number, end: number): void {
    const at = this.count;
    if (at === this.#hashes.length) {
      this.#hashes = grown(this.#hashes);
      this.#starts = grown(this.#starts);
      this.#ends = grown(this.#ends);
    }
    this.#hashes[at] = hash;
    this.#starts[at] = start;
    this.#ends[at] = end;
    this.count = at + 1;
  }

  /**
   * Offset of the first name from entry `base` on that repeats an earlier one; -1 when all differ.
   * Checked when the object closes: until then an inner object may still use the table.
   */
  duplicateFrom(base: number): number {
    const count = this.count;
    if (count - base < 2) return -1;
    if (count - base > manyNames) return this.#duplicateAmongMany(base);
    this.#generation += 1;
    const generation = this.#generation;
    for (let i = base; i < count; i += 1) {
      const slot = (this.#hashes[i] ?? 0) & (slots - 1);
      if (this.#seen[slot] === generation && this.#isEarlier(base, i)) return this.#starts[i] ?? 0;
      this.#seen[slot] = generation;
    }
    return -1;
  }

  /** Entry among the first `count` whose name is `name`, or -1. */
  find(name: string, hash: number, count: number): number {
    for (let i = 0; i < count; i += 1) {
      if (this.#hashes[i] === hash && this.#text(i) === name) return i;
    }
    return -1;
  }

  startOf(entry: number): number {
    return this.#starts[entry] ?? 0;
  }

  endOf(entry: number): number {
    return this.#ends[entry] ?? 0;
  }

  #text(entry: number): string {
    return decodeText(this.bytes, this.startOf(entry), this.endOf(entry));
  }

  #isEarlier(base: number, entry: number): boolean {
    const hash = this.#hashes[entry];
    for (let i = base; i < entry; i += 1) {
      if (this.#hashes[i] === hash && this.#text(i) === this.#text(entry)) return true;
    }
    return false;
  }

  #duplicateAmongMany(base: number): number {
    const seen = new Set<string>();
    for (let i = base; i < this.count; i += 1) {
      const text = this.#text(i);
      if (seen.has(text)) return this.startOf(i);
      seen.add(text);
    }
    return -1;
  }
}
