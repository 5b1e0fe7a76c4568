import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StorageBackend } from "@cutover/core";
import { jsonBackend } from "@cutover/json";
import {
  history,
  metadata,
  planCollections,
  settings,
  type Download,
  type HashedModel,
  type Setting,
} from "./collections.ts";

/** The operations of the plan's table. What they return lets the ways be compared. */
export interface PlanStore extends AsyncDisposable {
  /** @returns how many settings there are */
  readonly loadSettings: () => Promise<number>;
  /** @returns the names of the models of that hash */
  readonly findByHash: (hash: string) => Promise<string[]>;
  /** @returns the names of the first 50 models whose name or description hold all words */
  readonly search: (words: string) => Promise<string[]>;
  readonly addDownload: (entry: Download) => Promise<void>;
  /** @returns the names of all downloads */
  readonly downloads: () => Promise<string[]>;
}

/** How many results a search shows. */
const shown = 50;

/** Through our interface, whichever backend answers. */
export function backendStore(backend: StorageBackend): PlanStore {
  const models = backend.collection(metadata);
  const downloads = backend.collection(history);
  return {
    loadSettings: async () => (await backend.collection(settings).find()).length,
    findByHash: async (hash) =>
      (await models.find({ where: { sha256_hash: hash } })).map(({ key }) => key),
    search: async (words) => (await models.search(words, { limit: shown })).map(({ key }) => key),
    addDownload: (entry) => downloads.put(entry.filename, entry),
    downloads: async () => (await downloads.find()).map(({ key }) => key),
    [Symbol.asyncDispose]: () => backend.close(),
  };
}

/** The application's own way: whole files, read for every answer and written for every change. */
export function appStore(folder: string): PlanStore {
  const load = async <T>(name: string): Promise<T> => {
    const document: T = JSON.parse(await readFile(join(folder, name), "utf8"));
    return document;
  };
  const models = async (): Promise<HashedModel[]> =>
    Object.values(await load<{ [key: string]: HashedModel }>("model_metadata.json"));
  const downloads = (): Promise<Download[]> => load<Download[]>("download_history.json");
  return {
    loadSettings: async () =>
      Object.keys(await load<{ [key: string]: Setting }>("settings.json")).length,
    findByHash: async (hash) =>
      (await models())
        .filter(({ sha256_hash }) => sha256_hash === hash)
        .map(({ filename }) => filename),
    search: async (words) => {
      const terms = words.toLowerCase().split(" ");
      const found = (await models()).filter(({ filename, description }) => {
        const searched = `${filename} ${description}`.toLowerCase();
        return terms.every((term) => searched.includes(term));
      });
      return found.slice(0, shown).map(({ filename }) => filename);
    },
    addDownload: async (entry) => {
      const others = (await downloads()).filter(({ filename }) => filename !== entry.filename);
      const printed = JSON.stringify([entry, ...others], null, 2);
      await writeFile(join(folder, "download_history.json"), printed);
    },
    downloads: async () => (await downloads()).map(({ filename }) => filename),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** A way to store the application's data. */
export type Way = "app" | "json" | "sqlite";

/** All ways, the application's own first. */
export const ways: readonly Way[] = ["app", "json", "sqlite"];

/** Opens a backend over a folder. */
export async function openBackend(way: "json" | "sqlite", folder: string): Promise<StorageBackend> {
  const collections = planCollections;
  if (way === "json") return jsonBackend({ folder, collections });
  const { sqliteBackend } = await import("@cutover/kysely/sqlite");
  return sqliteBackend({ path: join(folder, "wmd_data.db"), collections });
}

/** Opens a store that was filled before. */
export async function openWay(way: Way, folder: string): Promise<PlanStore> {
  return way === "app" ? appStore(folder) : backendStore(await openBackend(way, folder));
}
