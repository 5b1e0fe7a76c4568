import { setTimeout as sleep } from "node:timers/promises";
import { type CollectionDefinition, isStorageError } from "@cutover/core";
import type { JsonDocument } from "../document/document.ts";
import { emptyDocument } from "../document/empty-document.ts";
import type { DocumentFormat } from "../document/format.ts";
import type { DocumentLayout } from "../document/layout.ts";
import { parseDocument } from "../document/parse-document.ts";
import { reparseDocument } from "../document/reparse-document.ts";
import type { FileStore } from "../store/file-store.ts";
import type { FileVersion } from "../store/file-version.ts";
import { StoreConflict } from "../store/store-conflict.ts";
import { JsonTable } from "./json-table.ts";

/** A file that cannot be parsed may be half-way through being written: it must stand still so long. */
const stillMs = 200;
/** And after so long it counts as corrupt, however busy somebody is with it. */
const patienceMs = 2000;
/** How often to look again meanwhile. */
const lookMs = 20;

/** A commit of ours that takes longer is not waited for: its file is read instead. */
const commitMs = 1000;

/** What a {@link TableCache} is made with. */
export interface TableCacheOptions {
  readonly store: FileStore;
  readonly newFiles: Partial<DocumentFormat>;
  readonly cacheBytes: number;
  readonly guard: (() => Promise<void> | void) | undefined;
}

/** Where a collection's records lie in its file. */
export function layoutOf(definition: CollectionDefinition): DocumentLayout {
  const { shape, at } = definition.file;
  const { keyMember } = definition;
  return shape === "array" && keyMember !== undefined ? { shape, at, keyMember } : { shape, at };
}

/** The latest known version of a collection's file. */
interface KnownTable {
  readonly table: JsonTable;
  /** The latest commit when the table was last found, or made, to be current. */
  token: string | undefined;
}

/** The latest known version of every collection's file, parsed once. */
export class TableCache {
  readonly #options: TableCacheOptions;
  readonly #known = new Map<string, KnownTable>();
  #listener: ((collection: CollectionDefinition) => void) | undefined;
  /** Null before the guard was first asked. */
  #guardedToken: string | null = null;
  /** By collection: the commit of ours that is changing its file. */
  readonly #commits = new Map<string, Promise<void>>();
  /** By file: when it was first found unreadable. */
  readonly #brokenSince = new Map<string, number>();

  constructor(options: TableCacheOptions) {
    this.#options = options;
  }

  /** The table of a collection if it is known to be current: two or three system calls. */
  current(definition: CollectionDefinition): JsonTable | undefined {
    const known = this.#known.get(definition.name);
    const { store } = this.#options;
    if (known === undefined || !store.isCurrent(known.table.version)) return undefined;
    known.token = store.lastToken;
    return this.#isGuarded ? known.table : undefined;
  }

  /** Whether the guard was asked since the latest commit that the store has seen. */
  get #isGuarded(): boolean {
    const { guard, store } = this.#options;
    return guard === undefined || store.lastToken === this.#guardedToken;
  }

  async #askGuard(): Promise<void> {
    const { token } = this.#options.store.snapshot([]);
    await this.#options.guard?.();
    this.#guardedToken = token;
  }

  /** The current table of a collection, read from its file where that has changed. */
  async load(definition: CollectionDefinition): Promise<JsonTable> {
    const { path } = definition.file;
    if (!this.#isGuarded) await this.#askGuard();
    // What it is putting in place is at hand as soon as it is over: reading the file takes longer.
    await this.#commits.get(definition.name);
    for (;;) {
      try {
        const version = this.#options.store.snapshot([path]).files.get(path);
        if (version !== undefined) return await this.at(definition, version);
      } catch (error) {
        // Replaced between the look and the read: look again.
        if (!(error instanceof StoreConflict)) throw error;
      }
    }
  }

  /**
   * The table of one version of a collection's file.
   * @throws StoreConflict when that version is no longer the latest; StorageError CORRUPT_DATA
   */
  async at(definition: CollectionDefinition, version: FileVersion): Promise<JsonTable> {
    const known = this.#known.get(definition.name);
    const { lastToken } = this.#options.store;
    if (known?.table.version === version) {
      known.token = lastToken;
      return known.table;
    }
    // The file has changed, and nobody has committed since it was last looked at.
    const isForeign = known !== undefined && known.token === lastToken;
    const table = this.table(definition, version, await this.#document(definition, version));
    this.#keep(table, lastToken);
    if (isForeign) this.#listener?.(definition);
    return table;
  }

  /**
   * Runs a commit of ours that ends in {@link adopt}; who has to {@link load} one of these
   * collections meanwhile waits for it.
   */
  async duringCommit<T>(
    definitions: readonly CollectionDefinition[],
    commit: () => Promise<T>,
  ): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, commitMs);
    for (const { name } of definitions) this.#commits.set(name, promise);
    try {
      return await commit();
    } finally {
      clearTimeout(timer);
      resolve();
      for (const { name } of definitions)
        if (this.#commits.get(name) === promise) this.#commits.delete(name);
    }
  }

  /** Takes a table over as the latest: what a commit of ours has made. */
  adopt(table: JsonTable, token: string | undefined): void {
    this.#keep(table, token);
  }

  /** A commit of ours came right after this one: it changed its own files, and no others. */
  follow(before: string, after: string): void {
    for (const known of this.#known.values()) if (known.token === before) known.token = after;
  }

  #keep(table: JsonTable, token: string | undefined): void {
    this.#known.set(table.definition.name, { table, token });
  }

  /**
   * Names who is told of changes that were made without a commit. One that came together with
   * somebody else's commit cannot be told from it.
   */
  onForeignChange(listener: (collection: CollectionDefinition) => void): void {
    this.#listener = listener;
  }

  /** A table of a document that is, or is to be, the content of this version. */
  table(definition: CollectionDefinition, version: FileVersion, document: JsonDocument): JsonTable {
    const keepsValues = document.sizeBytes <= this.#options.cacheBytes;
    return new JsonTable(definition, { version, document }, keepsValues);
  }

  async #document(definition: CollectionDefinition, version: FileVersion): Promise<JsonDocument> {
    const { path: file } = definition.file;
    const layout = layoutOf(definition);
    const { store, newFiles } = this.#options;
    if (!version.exists) return emptyDocument({ file, layout, format: newFiles });
    const bytes = await store.load(version);
    try {
      const known = this.#known.get(definition.name)?.table;
      // Somebody else's change usually leaves most records alone: only the others are read again.
      const document =
        known?.exists === true
          ? reparseDocument(known.document, bytes, newFiles)
          : parseDocument(bytes, { file, layout, defaultFormat: newFiles });
      this.#brokenSince.delete(file);
      return document;
    } catch (error) {
      if (isStorageError(error, "CORRUPT_DATA")) await this.#waitUntilStill(version);
      throw error;
    }
  }

  /**
   * Gives a foreign writer, who truncates and then streams, time to finish.
   * @returns when the file has stood still, or has been unreadable for too long
   * @throws StoreConflict as soon as the file has changed
   */
  async #waitUntilStill(version: FileVersion): Promise<void> {
    const began = performance.now();
    const brokenSince = this.#brokenSince.get(version.file) ?? began;
    this.#brokenSince.set(version.file, brokenSince);
    while (performance.now() - began < stillMs) {
      await sleep(lookMs);
      const isPatient = performance.now() - brokenSince < patienceMs;
      if (isPatient && !this.#options.store.isCurrent(version)) {
        throw new StoreConflict("foreign", [version.file]);
      }
    }
    this.#brokenSince.delete(version.file);
  }
}
