import {
  type CollectionDefinition,
  type JsonValue,
  type StorageBackend,
  type Transaction,
  versionOf,
} from "@cutover/core";
import { basePath } from "./base-copy.ts";
import type { CheckedOriginal } from "./check-originals.ts";
import { filedBatches } from "./entry-batches.ts";
import { equalValues } from "./equal-values.ts";
import { IndexedCollection } from "./indexed-collection.ts";
import { emptyBaseOf } from "./empty-base.ts";
import { SourceFile } from "./source-file.ts";

/** A record that was changed on both sides, differently. Names no value. */
export interface MergeConflict {
  readonly collection: string;
  readonly file: string;
  readonly key: string;
  /** What happened to it in the file, and in the database. */
  readonly inFile: "changed" | "added" | "deleted";
  readonly inDatabase: "changed" | "added" | "deleted";
}

/** What a merge did, or would do. */
export interface MergeReport {
  readonly conflicts: readonly MergeConflict[];
  /** Records taken over from the files into the database. */
  readonly put: number;
  readonly deleted: number;
}

type Edit =
  | {
      readonly type: "put";
      readonly definition: CollectionDefinition;
      readonly key: string;
      readonly value: JsonValue;
      /** Undefined: it must not be there. */
      readonly ifVersion: string | undefined;
    }
  | {
      readonly type: "delete";
      readonly definition: CollectionDefinition;
      readonly key: string;
      readonly ifVersion: string;
    };

/** One collection, three ways: as it was migrated, as its file is now, as the database is now. */
class CollectionMerge {
  readonly edits: Edit[] = [];
  readonly conflicts: MergeConflict[] = [];
  readonly #definition: CollectionDefinition;
  readonly #store: StorageBackend;
  readonly #base: IndexedCollection;

  constructor(definition: CollectionDefinition, store: StorageBackend, base: IndexedCollection) {
    this.#definition = definition;
    this.#store = store;
    this.#base = base;
  }

  /** What was added to the file, or changed in it. */
  async addFile(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    let hint = 0;
    for await (const batch of filedBatches(this.#definition, chunks)) {
      for (const { key, value } of batch) {
        const ordinal = this.#base.find(key, hint);
        if (ordinal >= 0) hint = ordinal + 1;
        const before = ordinal < 0 ? undefined : this.#base.value(ordinal);
        if (before === undefined || !equalValues(before, value)) {
          await this.#changedInFile(key, before, value);
        }
      }
    }
  }

  /** What was deleted from the file. */
  async addDeletions(file: IndexedCollection, base: AsyncIterable<Uint8Array>): Promise<void> {
    const opaque = new Set(file.index.opaque.map(({ key }) => key));
    let hint = 0;
    for await (const batch of filedBatches(this.#definition, base)) {
      for (const { key, value } of batch) {
        const ordinal = file.find(key, hint);
        if (ordinal >= 0) hint = ordinal + 1;
        else if (!opaque.has(key)) await this.#deletedInFile(key, value);
      }
    }
  }

  async #changedInFile(
    key: string,
    before: JsonValue | undefined,
    value: JsonValue,
  ): Promise<void> {
    const definition = this.#definition;
    const stored = await this.#stored(key);
    if (stored !== undefined && equalValues(stored, value)) return;
    if (before === undefined && stored === undefined) {
      this.edits.push({ type: "put", definition, key, value, ifVersion: undefined });
    } else if (before !== undefined && stored !== undefined && equalValues(before, stored)) {
      this.edits.push({ type: "put", definition, key, value, ifVersion: versionOf(stored) });
    } else {
      const inDatabase =
        stored === undefined ? "deleted" : before === undefined ? "added" : "changed";
      this.#conflict(key, before === undefined ? "added" : "changed", inDatabase);
    }
  }

  async #deletedInFile(key: string, before: JsonValue): Promise<void> {
    const stored = await this.#stored(key);
    if (stored === undefined) return;
    if (!equalValues(before, stored)) return this.#conflict(key, "deleted", "changed");
    const definition = this.#definition;
    this.edits.push({ type: "delete", definition, key, ifVersion: versionOf(stored) });
  }

  #conflict(
    key: string,
    inFile: MergeConflict["inFile"],
    inDatabase: MergeConflict["inDatabase"],
  ): void {
    const { name, file } = this.#definition;
    this.conflicts.push({ collection: name, file: file.path, key, inFile, inDatabase });
  }

  async #stored(key: string): Promise<JsonValue | undefined> {
    return this.#store.collection<JsonValue>(this.#definition).get(key);
  }
}

async function apply(tx: Transaction, edits: readonly Edit[]): Promise<void> {
  for (const edit of edits) {
    const records = tx.collection<JsonValue>(edit.definition);
    if (edit.type === "delete") await records.delete(edit.key, { ifVersion: edit.ifVersion });
    else if (edit.ifVersion === undefined) await records.insert(edit.key, edit.value);
    else await records.put(edit.key, edit.value, { ifVersion: edit.ifVersion });
  }
}

/** What a merge needs. */
export interface MergeOptions {
  readonly folder: string;
  /** The epoch of the migration in force. */
  readonly epoch: number;
  readonly store: StorageBackend;
  /** Find out what would be merged, and write nothing. */
  readonly isRehearsal: boolean;
  readonly signal: AbortSignal | undefined;
}

async function mergeCollection(
  definition: CollectionDefinition,
  path: string,
  options: MergeOptions & { readonly base: string },
): Promise<CollectionMerge> {
  const { store, signal, base: basePlace } = options;
  const base = await IndexedCollection.open(definition, basePlace, signal);
  const file = await IndexedCollection.open(definition, path, signal);
  try {
    const merge = new CollectionMerge(definition, store, base);
    await reading(path, (source) => merge.addFile(source.chunks({ signal })));
    await reading(basePlace, (source) => merge.addDeletions(file, source.chunks({ signal })));
    return merge;
  } finally {
    base.close();
    file.close();
  }
}

async function reading(path: string, work: (source: SourceFile) => Promise<void>): Promise<void> {
  const source = await SourceFile.open(path);
  if (source === undefined) return;
  try {
    await work(source);
  } finally {
    await source.close();
  }
}

/**
 * Takes over into the database what was edited in the original files since the migration: per
 * record, whichever side changed it counts. A file that was removed counts as not edited. Nothing
 * is written while a record was changed on both sides.
 */
export async function mergeEdits(
  originals: readonly CheckedOriginal[],
  options: MergeOptions,
): Promise<MergeReport> {
  const edits: Edit[] = [];
  const conflicts: MergeConflict[] = [];
  for (const { group, state } of originals) {
    if (state === "same" || state === "removed") continue;
    for (const definition of group.collections) {
      const recorded = basePath(options.folder, options.epoch, group.file);
      const base = state === "edited" ? recorded : await emptyBaseOf(definition, options.folder);
      const merge = await mergeCollection(definition, group.path, { ...options, base });
      for (const edit of merge.edits) edits.push(edit);
      for (const conflict of merge.conflicts) conflicts.push(conflict);
    }
  }
  if (conflicts.length === 0 && edits.length > 0 && !options.isRehearsal) {
    await options.store.transaction((tx) => apply(tx, edits), { timeoutMs: 600_000 });
  }
  const deleted = edits.filter(({ type }) => type === "delete").length;
  return { conflicts, put: edits.length - deleted, deleted };
}
