import { readdir, readFile, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeLookalike } from "@cutover/fixtures";
import type { StorageBackend } from "@cutover/core";
import { modelsDownloader } from "../../src/layouts/models-downloader.ts";
import { openDatabase } from "../../src/migration/database.ts";
import type { MigrationTarget } from "../../src/migration/migration-target.ts";

/** The application's folder at a path, as a migration is told of it. */
export function targetIn(folder: string): MigrationTarget {
  return {
    folder,
    collections: modelsDownloader.collections,
    databasePath: join(folder, modelsDownloader.database),
    configDigest: "test",
  };
}

/** A fresh folder that looks like the application's, small. */
export async function lookalikeFolder(): Promise<MigrationTarget> {
  const folder = await mkdtemp(join(tmpdir(), "cutover-migration-"));
  await writeLookalike(folder, { scale: { node_metadata: 0.02, usage_cache: 0.2 } });
  return targetIn(folder);
}

/** Every JSON file of the application, by path, in bytes read as Latin-1, so that equal means equal. */
export async function filesOf({ folder }: MigrationTarget): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true })) {
    if (!entry.endsWith(".json") || entry.startsWith(".cutover")) continue;
    files[entry] = await readFile(join(folder, entry), "latin1");
  }
  return files;
}

/** All names in the folder but those of this program's own state. */
export async function namesIn({ folder }: MigrationTarget): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => !name.startsWith(".cutover")).toSorted();
}

/** Opens the database as the application would, and closes it whatever happens. */
export async function withDatabase<T>(
  target: MigrationTarget,
  work: (store: StorageBackend) => Promise<T>,
): Promise<T> {
  const store = await openDatabase(target.databasePath, target.collections);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
