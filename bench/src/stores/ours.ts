import type { StorageBackend } from "@cutover/core";
import { jsonBackend } from "@cutover/json";
import { models } from "./models.ts";

/** Our backend over a folder with `models.json`, as an application opens it: nothing tuned. */
export function openJson(folder: string): Promise<StorageBackend> {
  return jsonBackend({ folder, collections: [models] });
}

/** Our backend over a database, as an application opens it: nothing tuned. */
export async function openSqlite(path: string): Promise<StorageBackend> {
  const { sqliteBackend } = await import("@cutover/kysely/sqlite");
  return sqliteBackend({ path, collections: [models] });
}
