const lanes = 3;
const firstSlots = 1024;
/** Of the slots, how many may be taken before there are twice as many. */
const fullestShare = 0.7;

/**
 * Remembers which keys were seen, in about 25 bytes a key however long it is: by 96 bits of hash.
 * Two of a million keys are taken for one another with a probability of 10⁻¹⁷; the second would
 * then be reported as repeated, and nothing would be lost.
 */
export class KeySet {
  #table: Uint32Array<ArrayBuffer> = new Uint32Array(firstSlots * lanes);
  #size = 0;

  /** @returns false when the key was there already */
  add(key: string): boolean {
    const [a, b, c] = hashOf(key);
    if (!insert(this.#table, a, b, c)) return false;
    this.#size += 1;
    if (this.#size * lanes > this.#table.length * fullestShare) this.#grow();
    return true;
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += lanes) {
      const [a = 0, b = 0, c = 0] = [old[at], old[at + 1], old[at + 2]];
      if (a !== 0) insert(this.#table, a, b, c);
    }
  }
}

/** Open addressing; a slot whose first lane is 0 is free. @returns false when it is there already */
function insert(table: Uint32Array, a: number, b: number, c: number): boolean {
  const slots = table.length / lanes;
  for (let slot = b % slots; ; slot = (slot + 1) % slots) {
    const at = slot * lanes;
    if (table[at] === 0) {
      table[at] = a;
      table[at + 1] = b;
      table[at + 2] = c;
      return true;
    }
    if (table[at] === a && table[at + 1] === b && table[at + 2] === c) return false;
  }
}

/** Three lanes of multiply-and-xor over the UTF-16 units, each finished as MurmurHash3 does. */
function hashOf(key: string): readonly [number, number, number] {
  let [a, b, c] = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35];
  for (let index = 0; index < key.length; index += 1) {
    const unit = key.charCodeAt(index);
    a = Math.imul(a ^ unit, 0x85ebca77);
    b = Math.imul(b ^ unit ^ (a >>> 15), 0x9e3779b1);
    c = Math.imul(c ^ unit ^ (b >>> 13), 0x27d4eb2f);
  }
  // Never 0, which marks a free slot.
  return [finish(a ^ key.length) || 1, finish(b + key.length), finish(c ^ (a >>> 7))];
}

function finish(lane: number): number {
  let mixed = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
