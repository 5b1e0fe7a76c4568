import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Stats } from "node:fs";
import type { CollectionDefinition, StorageBackend } from "@cutover/core";
import { emptyDocument, parseDocument } from "@cutover/json";
import type { NewFileOptions } from "../config/cutover-config.ts";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import type { ComparedEntry, EntryBatches } from "./comparison.ts";
import { storedBatches } from "./entry-batches.ts";
import { FileSink } from "./file-sink.ts";
import { FileWindow } from "./file-window.ts";
import { IndexedCollection } from "./indexed-collection.ts";
import { rollbackTempOf } from "./leftovers.ts";
import { layoutOf, type OriginalGroup } from "./original-group.ts";
import { CollectionRewrite, type RewriteSurvey } from "./rewrite-collection.ts";

/** What becomes of one collection's records in its file. */
export interface RewrittenCollection extends RewriteSurvey {
  readonly definition: CollectionDefinition;
}

/** What becomes of a file. */
export interface RewrittenFile {
  readonly group: OriginalGroup;
  readonly collections: readonly RewrittenCollection[];
  /** The new content; undefined when the file stays as it is. */
  readonly next:
    | { readonly temp: string; readonly sha256: string; readonly sizeBytes: number }
    | undefined;
}

/** What a rewrite needs. */
export interface RewriteOptions {
  readonly folder: string;
  readonly store: StorageBackend;
  /** How files are written that do not exist yet. */
  readonly newFiles: NewFileOptions;
  /** Names of collections that exist in the store. */
  readonly existing: ReadonlySet<string>;
  /** Part of the names of temporary files. */
  readonly token: string;
  /** Where the present content is read from instead of the file itself. */
  readonly sourceOf?: () => string | undefined;
  /** The file must be written even if its content equals that of the source. Default: false. */
  readonly isNew?: boolean;
  readonly onRecords?: (collection: string, records: number) => void;
  readonly signal: AbortSignal | undefined;
}

const copyBytes = 1_048_576;

const unchanged: RewriteSurvey = {
  added: 0,
  changed: 0,
  deleted: 0,
  isReordered: false,
  isUnchanged: true,
};

async function statsOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw fileFailure("look at", path, error);
  }
}

/** One file on its way back. */
class FileRewrite {
  readonly #group: OriginalGroup;
  readonly #options: RewriteOptions;
  readonly #temps: FileSink[] = [];
  #source: string | undefined;
  #next: RewrittenFile["next"];
  #like: Stats | undefined;

  constructor(group: OriginalGroup, options: RewriteOptions) {
    this.#group = group;
    this.#options = options;
  }

  async run(): Promise<RewrittenFile> {
    const group = this.#group;
    this.#like = await statsOf(group.path);
    const source = this.#options.sourceOf?.() ?? group.path;
    this.#source = (await statsOf(source)) === undefined ? undefined : source;
    const collections: RewrittenCollection[] = [];
    try {
      for (const definition of group.collections) {
        collections.push({ definition, ...(await this.#collection(definition)) });
      }
      if (this.#options.isNew === true && this.#next === undefined) await this.#copySource();
      await this.#dropTemps(this.#next?.temp);
      return { group, collections, next: this.#next };
    } catch (error) {
      await this.#dropTemps(undefined);
      throw error;
    }
  }

  async #collection(definition: CollectionDefinition): Promise<RewriteSurvey> {
    const source = this.#source;
    if (source === undefined && !this.#options.existing.has(definition.name)) return unchanged;
    const survey = source === undefined ? undefined : await this.#rewrite(definition);
    if (survey !== undefined) return survey;
    if (!(await this.#seed(definition, source))) {
      if (source !== undefined) return unchanged;
      await this.#keepEmpty(definition);
      return { ...unchanged, isUnchanged: false };
    }
    const rest = (await this.#rewrite(definition)) ?? unchanged;
    return { ...rest, added: rest.added + 1, isUnchanged: false };
  }

  /**
   * Puts the first record into a file without any, whole in memory: such files are small, and the
   * rest follows record by record.
   * @returns false when there is no record
   */
  async #seed(definition: CollectionDefinition, source: string | undefined): Promise<boolean> {
    const first = await this.#firstRecord(definition);
    if (first === undefined) return false;
    const file = this.#group.file;
    const layout = layoutOf(definition);
    const document =
      source === undefined
        ? emptyDocument({ file, layout, format: this.#options.newFiles })
        : parseDocument(await readFile(source), { file, layout });
    const put = { type: "put", key: first.key, value: first.value } as const;
    await this.#replace((sink) => {
      for (const chunk of document.edit([put]).chunks()) sink.add(chunk);
    });
    return true;
  }

  async #keepEmpty(definition: CollectionDefinition): Promise<void> {
    const { newFiles: format } = this.#options;
    const layout = layoutOf(definition);
    const document = emptyDocument({ file: this.#group.file, layout, format });
    await this.#replace((sink) => {
      for (const chunk of document.chunks()) sink.add(chunk);
    });
  }

  async #firstRecord(definition: CollectionDefinition): Promise<ComparedEntry | undefined> {
    for await (const batch of this.#stored(definition)) {
      if (batch[0] !== undefined) return batch[0];
    }
    return undefined;
  }

  async #rewrite(definition: CollectionDefinition): Promise<RewriteSurvey | undefined> {
    const { signal } = this.#options;
    const source = this.#source ?? this.#group.path;
    const records = await IndexedCollection.open(definition, source, signal);
    try {
      if (records.index.size === 0) return undefined;
      const rewrite = new CollectionRewrite(records);
      const survey = await rewrite.survey(this.#stored(definition));
      if (survey.isUnchanged) return survey;
      await this.#replace((sink) => rewrite.write(this.#stored(definition), sink));
      return survey;
    } finally {
      records.close();
    }
  }

  async *#stored(definition: CollectionDefinition): EntryBatches {
    const { store, signal, onRecords } = this.#options;
    for await (const batch of storedBatches(store, definition, signal)) {
      onRecords?.(definition.name, batch.length);
      yield batch;
    }
  }

  async #replace(fill: (sink: FileSink) => Promise<void> | void): Promise<void> {
    const temp = rollbackTempOf(this.#group.file, this.#options.token, this.#temps.length);
    const sink = await FileSink.create(join(this.#options.folder, temp));
    this.#temps.push(sink);
    await fill(sink);
    this.#next = { temp, ...(await sink.finish(this.#like)) };
    this.#source = sink.path;
  }

  async #copySource(): Promise<void> {
    const source = this.#source;
    if (source === undefined) return;
    const window = new FileWindow(source);
    try {
      await this.#replace(async (sink) => {
        for (let at = 0; at < window.sizeBytes; at += copyBytes) {
          sink.add(window.read(at, Math.min(at + copyBytes, window.sizeBytes)));
          await sink.flush();
        }
      });
    } finally {
      window.close();
    }
  }

  async #dropTemps(kept: string | undefined): Promise<void> {
    const keptPath = kept === undefined ? undefined : join(this.#options.folder, kept);
    for (const sink of this.#temps) {
      if (sink.path === keptPath) continue;
      await sink.discard();
      await rm(sink.path, { force: true });
    }
  }
}

/**
 * Writes what a file should hold, beside it, and leaves the file alone. Records that did not
 * change keep their bytes; what cannot be read stays where it is.
 */
export async function rewriteFile(
  group: OriginalGroup,
  options: RewriteOptions,
): Promise<RewrittenFile> {
  return new FileRewrite(group, options).run();
}
