import type { JsonRecord } from "./record.ts";

/** Changes an index keeps beside its map before it builds a new one. */
const smallestOverlay = 256;

/**
 * Records by key, immutable: a change shares the large map and copies only the small overlay. Null
 * in the overlay means removed.
 */
export class KeyIndex {
  readonly #base: ReadonlyMap<string, JsonRecord>;
  readonly #overlay: ReadonlyMap<string, JsonRecord | null>;

  constructor(
    base: ReadonlyMap<string, JsonRecord>,
    overlay: ReadonlyMap<string, JsonRecord | null> = new Map(),
  ) {
    this.#base = base;
    this.#overlay = overlay;
  }

  get(key: string): JsonRecord | undefined {
    const changed = this.#overlay.get(key);
    if (changed !== undefined) return changed ?? undefined;
    return this.#base.get(key);
  }

  /** The index with these changes applied. */
  with(changes: ReadonlyMap<string, JsonRecord | null>): KeyIndex {
    if (this.#overlay.size + changes.size <= this.#overlayLimit()) {
      return new KeyIndex(this.#base, new Map([...this.#overlay, ...changes]));
    }
    const merged = new Map(this.#base);
    for (const layer of [this.#overlay, changes]) {
      for (const [key, record] of layer) {
        if (record === null) merged.delete(key);
        else merged.set(key, record);
      }
    }
    return new KeyIndex(merged);
  }

  /** Copying an overlay of about the square root of the map costs as little as merging it now and then. */
  #overlayLimit(): number {
    return Math.max(smallestOverlay, 2 * Math.sqrt(this.#base.size));
  }
}
