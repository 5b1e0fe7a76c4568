import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BackupManifest, JsonObject, StorageBackend } from "@cutover/core";
import { accessTo, type StoreAccess } from "../access/store-access.ts";
import { objectFile } from "../documents/object-file.ts";
import { WrapperMembers, type WrappedStore } from "../documents/wrapper-members.ts";
import { storeCollection } from "../records/store-collections.ts";
import {
  DownloadHistoryRepository,
  type HistoryEntry,
} from "../repositories/download-history-repository.ts";
import { ModelAliasesRepository } from "../repositories/model-aliases-repository.ts";
import { ModelCatalogRepository } from "../repositories/model-catalog-repository.ts";
import { ModelMetadataRepository } from "../repositories/model-metadata-repository.ts";
import { NodeMetadataRepository } from "../repositories/node-metadata-repository.ts";
import { SearchCacheRepository } from "../repositories/search-cache-repository.ts";
import { SettingsRepository } from "../repositories/settings-repository.ts";
import { UsageRepository } from "../repositories/usage-repository.ts";
import { type Redaction, redactionOf } from "../secrets/redaction.ts";
import { AppSettings } from "../settings/app-settings.ts";
import type { ReadNativeSettings } from "../settings/native-settings.ts";

/** The eight stores' repositories. */
export interface Repositories {
  readonly settings: SettingsRepository;
  readonly history: DownloadHistoryRepository;
  readonly searchCache: SearchCacheRepository;
  readonly usage: UsageRepository;
  readonly nodes: NodeMetadataRepository;
  readonly models: ModelMetadataRepository;
  readonly catalog: ModelCatalogRepository;
  readonly aliases: ModelAliasesRepository;
}

/** A download that came to its end. */
export interface FinishedDownload {
  readonly entry: HistoryEntry;
  /** What is now known of the model. Default: nothing, as after a download that failed. */
  readonly metadata?: JsonObject;
}

/** How many records of a model were forgotten. */
export interface ForgottenModel {
  readonly metadata: number;
  readonly usage: number;
  readonly history: number;
}

/** What {@link storesOn} is made with. */
export interface StoresParts {
  readonly storage: StorageBackend;
  /**
   * Where the members around the records of `model_catalog.json` and `model-aliases.json` are. A
   * JSON folder needs a second storage for them, since two collections cannot share a file there.
   * Default: the same storage.
   */
  readonly documents?: StorageBackend;
  /** The data folder, whose documents a database starts with. Default: none. */
  readonly folder?: string | undefined;
  /** ComfyUI's own settings. Default: there are none. */
  readonly readNativeSettings?: ReadNativeSettings | undefined;
  /** The clock that the storage was opened with, in milliseconds since 1970. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
}

/** All stores of the application over one storage. */
export class Stores implements Repositories, AsyncDisposable {
  readonly storage: StorageBackend;
  readonly settings: SettingsRepository;
  readonly appSettings: AppSettings;
  readonly history: DownloadHistoryRepository;
  readonly searchCache: SearchCacheRepository;
  readonly usage: UsageRepository;
  readonly nodes: NodeMetadataRepository;
  readonly models: ModelMetadataRepository;
  readonly catalog: ModelCatalogRepository;
  readonly aliases: ModelAliasesRepository;
  readonly #parts: StoresParts;
  readonly #redaction: Redaction;

  constructor(parts: StoresParts) {
    this.#parts = parts;
    this.storage = parts.storage;
    const access = accessTo(parts.storage);
    this.settings = new SettingsRepository(access);
    this.appSettings = new AppSettings(this.settings, parts.readNativeSettings);
    this.#redaction = async () => redactionOf(await this.appSettings.secrets());
    const bound = this.#bind(access, this.#redaction);
    this.history = bound.history;
    this.searchCache = bound.searchCache;
    this.usage = bound.usage;
    this.nodes = bound.nodes;
    this.models = bound.models;
    this.catalog = bound.catalog;
    this.aliases = bound.aliases;
  }

  #bind(access: StoreAccess, redaction: Redaction): Repositories {
    const { storage, clock } = this.#parts;
    return {
      settings: new SettingsRepository(access),
      history: new DownloadHistoryRepository(access, redaction),
      searchCache: new SearchCacheRepository(access, clock === undefined ? {} : { clock }),
      usage: new UsageRepository(access, () => storage.info()),
      nodes: new NodeMetadataRepository(access),
      models: new ModelMetadataRepository(access, redaction),
      catalog: new ModelCatalogRepository(access, this.#wrapper("model_catalog")),
      aliases: new ModelAliasesRepository(access, this.#wrapper("model_aliases")),
    };
  }

  #wrapper(store: WrappedStore): WrapperMembers {
    const { storage, folder } = this.#parts;
    const isMoving = storage.kind === "cutover";
    // Where both stores of a move have the records, neither has the document as a collection.
    const { documents = isMoving ? undefined : storage } = this.#parts;
    const path = folder === undefined ? undefined : join(folder, storeCollection(store).file.path);
    // What has been moved completely leaves its file behind under this name.
    const paths = path === undefined ? [] : isMoving ? [path, `${path}.bak`] : [path];
    return new WrapperMembers(documents, store, () => firstObject(paths));
  }

  /**
   * Runs `work` as one transaction across all stores: all of it happens, or nothing. Use only the
   * repositories that it is handed. `work` may run again and must be free of effects. The documents
   * around catalogue and aliases are not part of it.
   */
  async atomically<T>(work: (inside: Repositories) => Promise<T>): Promise<T> {
    // Secrets are looked up before: inside, the storage itself must not be asked.
    const redact = await this.#redaction();
    return accessTo(this.storage).atomically((access) =>
      work(this.#bind(access, () => Promise.resolve(redact))),
    );
  }

  /**
   * Notes the end of a download: its history entry and what is now known of the model, both or
   * neither. A rejection says that it could not be noted, not that the download failed: the file is
   * there, and the call may be repeated.
   */
  finishDownload({ entry, metadata }: FinishedDownload): Promise<void> {
    return this.atomically(async ({ history, models }) => {
      await history.add(entry);
      if (metadata !== undefined) await models.recordDownload(entry.filename, metadata);
    });
  }

  /** Forgets a model whose file was deleted, in all stores that know it by this name, as one step. */
  forgetModel(name: string): Promise<ForgottenModel> {
    return this.atomically(async ({ models, usage, history }) => ({
      metadata: Number(await models.delete(name)),
      usage: Number(await usage.delete(name)),
      history: await history.deleteByFilename(name),
    }));
  }

  /**
   * Writes a verified copy of all stores to a path that does not exist yet; folders that lead there
   * are made.
   */
  async backup(destination: string): Promise<BackupManifest> {
    await mkdir(dirname(destination), { recursive: true, mode: 0o700 });
    return this.storage.backup(destination);
  }

  /** Closes the storages that were handed in. Closing twice is fine. */
  async close(): Promise<void> {
    const { storage, documents } = this.#parts;
    try {
      await documents?.close();
    } finally {
      await storage.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function firstObject(paths: readonly string[]): Promise<JsonObject | undefined> {
  for (const path of paths) {
    const found = await objectFile(path)();
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The stores over a storage that is already open; closing them closes it. */
export function storesOn(parts: StoresParts): Stores {
  return new Stores(parts);
}
