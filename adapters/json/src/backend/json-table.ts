import {
  type CollectionDefinition,
  type DraftChanges,
  type JsonValue,
  type KeyedValue,
  RecordReads,
  type RecordSource,
  type ScanDirection,
  type UniqueConstraint,
  UniqueIndex,
} from "@cutover/core";
import type { DocumentChange } from "../document/change.ts";
import type { JsonDocument } from "../document/document.ts";
import type { FileVersion } from "../store/file-version.ts";

/** One collection as one version of its file has it. Never changes; a commit makes another one. */
export class JsonTable implements RecordSource {
  readonly definition: CollectionDefinition;
  readonly version: FileVersion;
  readonly document: JsonDocument;
  /** What is asked of this version. */
  readonly reads: RecordReads = new RecordReads(() => this);
  readonly #keepsValues: boolean;
  #unique: UniqueIndex | undefined;

  /** @param keepsValues whether parsed values are kept for the next reader */
  constructor(
    definition: CollectionDefinition,
    file: { readonly version: FileVersion; readonly document: JsonDocument },
    keepsValues: boolean,
  ) {
    this.definition = definition;
    this.version = file.version;
    this.document = file.document;
    this.#keepsValues = keepsValues;
  }

  get exists(): boolean {
    return this.version.exists;
  }

  get size(): number {
    return this.document.size;
  }

  get(key: string): JsonValue | undefined {
    return this.document.value(key);
  }

  *entries(): Iterable<KeyedValue> {
    for (const record of this.document.records()) {
      // A record that cannot be read might belong to the answer, so there is no answer without it.
      const value =
        this.#keepsValues || record.isOpaque ? this.document.read(record) : record.parse();
      if (record.key !== undefined) yield { key: record.key, value };
    }
  }

  /** As {@link entries}, each value parsed for the caller alone and kept by nobody. */
  *freshEntries(direction: ScanDirection): Iterable<KeyedValue> {
    const { document } = this;
    const records = direction === "forward" ? document.records() : document.recordsBackward();
    for (const record of records) {
      const value = record.isOpaque ? this.document.read(record) : record.parse();
      if (record.key !== undefined) yield { key: record.key, value };
    }
  }

  owner(constraint: UniqueConstraint, claim: string): string | undefined {
    this.#unique ??= this.#buildUnique();
    return this.#unique.owner(constraint, claim);
  }

  #buildUnique(): UniqueIndex {
    const index = new UniqueIndex(this.definition);
    for (const record of this.document.records()) {
      // Writing other records must not fail because of one that cannot be read.
      if (!record.isOpaque && record.key !== undefined) index.add(record.key, record.value());
    }
    return index;
  }

  /** The document after a draft's changes; the very same one where they change nothing. */
  edited(changes: DraftChanges): JsonDocument {
    return this.document.edit(documentChanges(this.definition, changes));
  }

  /** Hands the unique index on to the table that a commit made of this one. */
  succeededBy(next: JsonTable, changes: DraftChanges): void {
    const index = this.#unique;
    if (index === undefined || changes.cleared) return;
    for (const key of [...changes.deleted, ...changes.replaced.keys()]) {
      const value = this.get(key);
      if (value !== undefined) index.remove(key, value);
    }
    for (const [key, value] of [...changes.replaced, ...changes.inserted]) index.add(key, value);
    next.#unique = index;
    this.#unique = undefined;
  }
}

function documentChanges(
  definition: CollectionDefinition,
  changes: DraftChanges,
): DocumentChange[] {
  const { order } = definition;
  if (changes.cleared) {
    const records = [...changes.inserted];
    if (records.length === 0) return [{ type: "clear" }];
    return [{ type: "replaceAll", records: order === "prepend" ? records.toReversed() : records }];
  }
  return [
    ...Array.from(changes.deleted, (key) => ({ type: "delete", key }) as const),
    ...Array.from(changes.replaced, ([key, value]) => ({ type: "put", key, value }) as const),
    ...Array.from(
      changes.inserted,
      ([key, value]) => ({ type: "put", key, value, order }) as const,
    ),
  ];
}
