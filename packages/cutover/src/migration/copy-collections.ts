import type { CollectionDefinition } from "@cutover/core";
import { BaseCopy, basePath } from "./base-copy.ts";
import type { ComparedEntry, EntryBatches } from "./comparison.ts";
import type { CollectionLoader } from "./database.ts";
import { type Finding, FindingList } from "./finding-list.ts";
import { type OriginalGroup, originalGroups } from "./original-group.ts";
import type { PhaseProgress } from "./progress.ts";
import { QuarantineFile } from "./quarantine.ts";
import { faultOf, scanCollection } from "./scan-collection.ts";
import { changedWhileRead, type SourceDigest, SourceFile } from "./source-file.ts";

/** What became of a collection. */
export interface CopiedCollection {
  readonly definition: CollectionDefinition;
  readonly records: number;
  readonly quarantined: number;
}

/** A JSON file that was read, and its collections. */
export interface CopiedFile {
  readonly group: OriginalGroup;
  readonly digest: SourceDigest;
  readonly collections: readonly CopiedCollection[];
  /** Where its unusable records were set aside. */
  readonly quarantine: string | undefined;
}

/** How to copy. */
export interface CopyOptions {
  readonly folder: string;
  readonly collections: readonly CollectionDefinition[];
  /** The epoch that the copy will be in charge under. */
  readonly epoch: number;
  /** Set unusable records aside instead of refusing the whole. */
  readonly quarantine: boolean;
  readonly progress: PhaseProgress;
  readonly signal: AbortSignal | undefined;
}

/** Streams JSON files into a loader, and gathers what stands against it on the way. */
export class CollectionCopy {
  readonly findings: FindingList = new FindingList();
  readonly files: CopiedFile[] = [];
  readonly missing: OriginalGroup[] = [];
  readonly #options: CopyOptions;
  readonly #quarantines: QuarantineFile[] = [];

  constructor(options: CopyOptions) {
    this.#options = options;
  }

  /** True when what was found forbids to go on. */
  get isRefused(): boolean {
    if (this.findings.blocking > 0) return true;
    return this.findings.count > 0 && !this.#options.quarantine;
  }

  /**
   * Copies every file that is there. Once something forbids to go on, the rest is only looked
   * through, so that everything is found at once.
   * @throws StorageError VERSION_CONFLICT when a file changes while it is read
   */
  async run(loader: CollectionLoader): Promise<void> {
    for (const group of originalGroups(this.#options.folder, this.#options.collections)) {
      await this.#copyFile(group, loader);
    }
  }

  /** Takes away what was set aside; the records stay where they always were. */
  async discard(): Promise<void> {
    for (const quarantine of this.#quarantines) await quarantine.discard();
  }

  async #copyFile(group: OriginalGroup, loader: CollectionLoader): Promise<void> {
    const quarantine = this.#options.quarantine ? await this.#quarantineFor(group) : undefined;
    const copied: CopiedCollection[] = [];
    let digest: SourceDigest | undefined;
    for (const definition of group.collections) {
      const source = await SourceFile.open(group.path);
      if (source === undefined) {
        if (digest !== undefined) throw changedWhileRead(group.path);
        this.missing.push(group);
        break;
      }
      try {
        const isFirst = copied.length === 0;
        const done = await this.#copyCollection(definition, {
          source,
          loader,
          quarantine,
          isFirst,
        });
        if (done === undefined) break;
        copied.push(done);
        digest = await settled(source, digest);
      } finally {
        await source.close();
      }
    }
    const kept = quarantine !== undefined && quarantine.count > 0;
    if (kept) await quarantine.finish();
    else await quarantine?.discard();
    if (digest === undefined || copied.length < group.collections.length) return;
    this.files.push({
      group,
      digest,
      collections: copied,
      quarantine: kept ? quarantine.path : undefined,
    });
  }

  async #quarantineFor({ file }: OriginalGroup): Promise<QuarantineFile> {
    const quarantine = await QuarantineFile.create(this.#options.folder, file, this.#options.epoch);
    this.#quarantines.push(quarantine);
    return quarantine;
  }

  /** @returns undefined when the file cannot be used at all; a finding says why */
  async #copyCollection(
    definition: CollectionDefinition,
    from: {
      readonly source: SourceFile;
      readonly loader: CollectionLoader;
      readonly quarantine: QuarantineFile | undefined;
      readonly isFirst: boolean;
    },
  ): Promise<CopiedCollection | undefined> {
    const { folder, epoch, signal } = this.#options;
    const path = basePath(folder, epoch, definition.file.path);
    const base = from.isFirst && !this.isRefused ? await BaseCopy.create(path) : undefined;
    const tee = base === undefined ? undefined : (chunk: Buffer) => base.add(chunk);
    const chunks = from.source.chunks({ signal, ...(tee === undefined ? {} : { tee }) });
    const stream = new CopyStream(definition, this.#hooks(definition, from.quarantine));
    try {
      await this.#drain(stream.batches(chunks), definition, from.loader);
      if (stream.fault === undefined) await base?.finish();
      else await base?.abandon();
    } catch (error) {
      await base?.abandon();
      throw error;
    }
    if (stream.fault !== undefined) return undefined;
    return { definition, records: stream.records, quarantined: stream.unusable };
  }

  #hooks(definition: CollectionDefinition, quarantine: QuarantineFile | undefined): CopyHooks {
    const { progress } = this.#options;
    return {
      onFinding: async (finding, item) => {
        this.findings.add(finding);
        if (finding.canQuarantine && item !== undefined) await quarantine?.add(finding, item);
      },
      onBatch: (bytes, records) => progress.advance(definition.name, { bytes, records }),
      isRefused: () => this.isRefused,
    };
  }

  async #drain(
    batches: EntryBatches,
    definition: CollectionDefinition,
    loader: CollectionLoader,
  ): Promise<void> {
    if (this.isRefused) {
      for await (const _ of batches);
      return;
    }
    await loader.load(definition, batches);
  }
}

/** The digest of the bytes just read, which must be those of the passes before. */
async function settled(
  source: SourceFile,
  earlier: SourceDigest | undefined,
): Promise<SourceDigest> {
  const digest = await source.digest();
  if (digest === undefined) throw changedWhileRead(source.path);
  if (earlier !== undefined && earlier.sha256 !== digest.sha256)
    throw changedWhileRead(source.path);
  return digest;
}

interface CopyHooks {
  readonly onFinding: (finding: Finding, item: Buffer | undefined) => Promise<void>;
  readonly onBatch: (bytes: number, records: number) => void;
  readonly isRefused: () => boolean;
}

/** The usable records of one collection, as its file's bytes arrive. */
class CopyStream {
  records = 0;
  unusable = 0;
  fault: Finding | undefined;
  readonly #definition: CollectionDefinition;
  readonly #hooks: CopyHooks;

  constructor(definition: CollectionDefinition, hooks: CopyHooks) {
    this.#definition = definition;
    this.#hooks = hooks;
  }

  async *batches(chunks: AsyncIterable<Uint8Array>): EntryBatches {
    try {
      for await (const batch of scanCollection(this.#definition, chunks)) {
        const entries: ComparedEntry[] = [];
        let bytes = 0;
        for (const { slice, finding } of batch) {
          bytes += slice.item.length;
          if (finding !== undefined) {
            this.unusable += 1;
            await this.#hooks.onFinding(finding, slice.item);
          } else if (slice.key !== undefined) {
            entries.push({ key: slice.key, value: slice.value() });
          }
        }
        this.records += entries.length;
        this.#hooks.onBatch(bytes, entries.length);
        if (!this.#hooks.isRefused()) yield entries;
      }
    } catch (error) {
      const fault = faultOf(this.#definition, error);
      if (fault === undefined) throw error;
      this.fault = fault;
      await this.#hooks.onFinding(fault, undefined);
    }
  }
}
