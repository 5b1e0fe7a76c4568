import type {
  CollectionDefinition,
  UniqueConstraint,
} from "../definition/collection-definition.ts";
import type { KeyedValue } from "../query/select.ts";
import type { JsonValue } from "../values/json.ts";
import { UniqueIndex } from "./unique-index.ts";

/** Committed records of one collection, as a {@link Draft} needs them. */
export interface RecordSource {
  /** @throws StorageError CORRUPT_DATA when there is such a record and it cannot be read */
  get(key: string): JsonValue | undefined;
  /** In the order of the collection. */
  entries(): Iterable<KeyedValue>;
  /** Records stored, expired and unreadable ones included. */
  readonly size: number;
  /** The key that holds a unique claim. */
  owner(constraint: UniqueConstraint, claim: string): string | undefined;
  /** Whether the collection has ever been written to. */
  readonly exists: boolean;
}

/** What a draft changes, in a form that can be applied to what it was drawn from. */
export interface DraftChanges {
  /** Everything that was there before is to go. */
  readonly cleared: boolean;
  readonly deleted: ReadonlySet<string>;
  /** New values of records that keep their place. */
  readonly replaced: ReadonlyMap<string, JsonValue>;
  /** New records, in the order of their insertion: the last of a `prepend` collection is first. */
  readonly inserted: ReadonlyMap<string, JsonValue>;
}

/** Uncommitted changes laid over committed records. Dropping it undoes them. */
export class Draft implements RecordSource {
  readonly definition: CollectionDefinition;
  private readonly base: RecordSource;
  private cleared = false;
  private touched = false;
  private readonly deleted = new Set<string>();
  private readonly replaced = new Map<string, JsonValue>();
  private readonly inserted = new Map<string, JsonValue>();
  private readonly unique: UniqueIndex;

  constructor(definition: CollectionDefinition, base: RecordSource) {
    this.definition = definition;
    this.base = base;
    this.unique = new UniqueIndex(definition);
  }

  /** Whether anything was written, even if it changed no record. */
  get exists(): boolean {
    return this.touched || this.base.exists;
  }

  get size(): number {
    return (this.cleared ? 0 : this.base.size - this.deleted.size) + this.inserted.size;
  }

  /** What was changed; undefined when nothing was written. */
  get changes(): DraftChanges | undefined {
    if (!this.touched) return undefined;
    const { cleared, deleted, replaced, inserted } = this;
    return { cleared, deleted, replaced, inserted };
  }

  private inBase(key: string): boolean {
    return !this.cleared && !this.deleted.has(key);
  }

  get(key: string): JsonValue | undefined {
    if (this.inserted.has(key)) return this.inserted.get(key);
    if (this.replaced.has(key)) return this.replaced.get(key);
    return this.inBase(key) ? this.base.get(key) : undefined;
  }

  *entries(): Iterable<KeyedValue> {
    const fresh = [...this.inserted].map(([key, value]) => ({ key, value }));
    const prepends = this.definition.order === "prepend";
    if (prepends) yield* fresh.toReversed();
    if (!this.cleared) yield* this.kept();
    if (!prepends) yield* fresh;
  }

  private *kept(): Iterable<KeyedValue> {
    for (const record of this.base.entries()) {
      if (this.deleted.has(record.key)) continue;
      const value = this.replaced.get(record.key);
      yield value === undefined ? record : { key: record.key, value };
    }
  }

  owner(constraint: UniqueConstraint, claim: string): string | undefined {
    const own = this.unique.owner(constraint, claim);
    if (own !== undefined) return own;
    const key = this.cleared ? undefined : this.base.owner(constraint, claim);
    // What the draft has changed speaks for itself.
    return key === undefined || this.deleted.has(key) || this.replaced.has(key) ? undefined : key;
  }

  /** Takes over what a draft laid over this one has changed. */
  absorb(changes: DraftChanges): void {
    if (changes.cleared) this.clear();
    for (const key of changes.deleted) {
      const current = this.get(key);
      if (current !== undefined) this.remove(key, current);
    }
    for (const [key, value] of changes.replaced) this.set(key, value, this.get(key));
    for (const [key, value] of changes.inserted) this.set(key, value, undefined);
    this.touched = true;
  }

  /** Writes a record; `current` is what {@link get} says of the key. */
  set(key: string, value: JsonValue, current: JsonValue | undefined): void {
    this.touched = true;
    if (current !== undefined) this.unique.remove(key, current);
    this.unique.add(key, value);
    if (current === undefined || this.inserted.has(key)) this.inserted.set(key, value);
    else this.replaced.set(key, value);
  }

  /** Removes a record that is there. */
  remove(key: string, current: JsonValue): void {
    this.touched = true;
    this.unique.remove(key, current);
    if (this.inserted.delete(key)) return;
    this.replaced.delete(key);
    this.deleted.add(key);
  }

  /** Removes all records. */
  clear(): void {
    this.touched = true;
    this.cleared = true;
    this.deleted.clear();
    this.replaced.clear();
    this.inserted.clear();
    this.unique.clear();
  }
}
