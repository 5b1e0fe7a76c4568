import type {
  CollectionDefinition,
  UniqueConstraint,
} from "../definition/collection-definition.ts";
import type { KeyedValue } from "../query/select.ts";
import type { DraftChanges, RecordSource } from "../records/draft.ts";
import { UniqueIndex } from "../records/unique-index.ts";
import type { JsonValue } from "../values/json.ts";

/** The committed records of one collection, in the order of their insertion. */
export class MemoryTable implements RecordSource {
  exists = false;
  private readonly definition: CollectionDefinition;
  private readonly records = new Map<string, JsonValue>();
  private readonly unique: UniqueIndex;

  constructor(definition: CollectionDefinition) {
    this.definition = definition;
    this.unique = new UniqueIndex(definition);
  }

  get size(): number {
    return this.records.size;
  }

  get(key: string): JsonValue | undefined {
    return this.records.get(key);
  }

  entries(): KeyedValue[] {
    const entries = [...this.records].map(([key, value]) => ({ key, value }));
    return this.definition.order === "prepend" ? entries.toReversed() : entries;
  }

  owner(constraint: UniqueConstraint, claim: string): string | undefined {
    return this.unique.owner(constraint, claim);
  }

  apply(changes: DraftChanges): void {
    this.exists = true;
    if (changes.cleared) {
      this.records.clear();
      this.unique.clear();
    }
    // All claims are given up before any is made, so that values may move between records.
    for (const key of changes.deleted) this.release(key);
    for (const key of changes.replaced.keys()) this.release(key, { keepPlace: true });
    for (const [key, value] of [...changes.replaced, ...changes.inserted]) {
      this.records.set(key, value);
      this.unique.add(key, value);
    }
  }

  private release(key: string, { keepPlace = false } = {}): void {
    const value = this.records.get(key);
    if (value !== undefined) this.unique.remove(key, value);
    if (!keepPlace) this.records.delete(key);
  }
}
