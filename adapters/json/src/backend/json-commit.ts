import {
  type CollectionDefinition,
  DraftSet,
  type CollectionChanges,
  type WriteOperation,
} from "@cutover/core";
import type { CommitOptions, FileStore } from "../store/file-store.ts";
import type { FileVersion } from "../store/file-version.ts";
import type { StoreSnapshot } from "../store/snapshot.ts";
import { StoreConflict } from "../store/store-conflict.ts";
import type { JsonTable } from "./json-table.ts";
import type { TableCache } from "./table-cache.ts";

/** What a {@link JsonCommit} works on. */
export interface JsonStore {
  readonly files: FileStore;
  readonly tables: TableCache;
}

interface NextTable {
  readonly table: JsonTable;
  readonly changes: CollectionChanges["changes"];
  readonly document: JsonTable["document"];
}

/** One attempt to change the files: everything it reads belongs to one revision of the store. */
export class JsonCommit {
  readonly drafts: DraftSet;
  readonly #store: JsonStore;
  readonly #tables = new Map<string, JsonTable>();
  readonly #files = new Map<string, FileVersion>();
  #base: StoreSnapshot;

  constructor(store: JsonStore) {
    this.#store = store;
    this.#base = store.files.snapshot([]);
    this.drafts = new DraftSet((definition) => this.#table(definition));
  }

  /** The revision of the store that everything read belongs to; after {@link commit}, the one it made. */
  get token(): string {
    return this.#base.token;
  }

  /** True when there is nothing to {@link prepare} for these operations. */
  isPrepared(operations: readonly WriteOperation[]): boolean {
    return operations.every(({ collection }) => this.#tables.has(collection.name));
  }

  /**
   * Reads the files of these collections, so that {@link drafts} can be used with them.
   * @throws StoreConflict when they are no longer of this attempt's revision
   */
  async prepare(definitions: Iterable<CollectionDefinition>): Promise<void> {
    for (const definition of definitions) {
      if (this.#tables.has(definition.name)) continue;
      const { path } = definition.file;
      const snapshot = this.#store.files.snapshot([path]);
      if (snapshot.token !== this.#base.token) throw new StoreConflict("revision", [path]);
      const version = snapshot.files.get(path);
      if (version === undefined) throw new StoreConflict("superseded", [path]);
      this.#tables.set(definition.name, await this.#store.tables.at(definition, version));
      this.#files.set(path, version);
    }
  }

  #table(definition: CollectionDefinition): JsonTable {
    const table = this.#tables.get(definition.name);
    if (table === undefined) throw new Error(`collection "${definition.name}" was not prepared`);
    return table;
  }

  /** The table of a prepared collection, as it was before this attempt's changes. */
  tableOf(definition: CollectionDefinition): JsonTable {
    return this.#table(definition);
  }

  /**
   * Writes what the drafts changed. Where that is nothing, no file is touched.
   * @throws StoreConflict when somebody else was first; what `FileStore.commit` throws
   */
  async commit(options: CommitOptions = {}): Promise<void> {
    const next = this.#next();
    if (next.length === 0) return;
    const changed = next.map(({ table }) => table.definition);
    await this.#store.tables.duringCommit(changed, () => this.#write(next, options));
  }

  async #write(next: readonly NextTable[], options: CommitOptions): Promise<void> {
    const base: StoreSnapshot = { ...this.#base, files: this.#files };
    const contents = new Map(
      next.map(({ table, document }) => [table.definition.file.path, document.chunks()]),
    );
    const after = await this.#store.files.commit(base, contents, options);
    this.#store.tables.follow(base.token, after.token);
    this.#base = after;
    for (const step of next) this.#adopt(step, after);
  }

  #next(): NextTable[] {
    const next: NextTable[] = [];
    for (const { definition, changes } of this.drafts.changed()) {
      const table = this.#table(definition);
      const document = table.edited(changes);
      // An empty collection that was written to exists, so its file has to appear.
      if (document !== table.document || !table.exists) next.push({ table, changes, document });
    }
    return next;
  }

  #adopt({ table, changes, document }: NextTable, after: StoreSnapshot): void {
    const version = after.files.get(table.definition.file.path);
    if (version === undefined) return;
    const successor = this.#store.tables.table(table.definition, version, document);
    table.succeededBy(successor, changes);
    this.#store.tables.adopt(successor, after.token);
  }
}
