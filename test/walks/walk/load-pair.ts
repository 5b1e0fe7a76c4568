import { join } from "node:path";
import type { CollectionDefinition, ControlStore, StorageBackend } from "@cutover/core";
import type { Unit } from "@cutover/engine";
import { jsonBackend } from "@cutover/json";
import { sqliteControl } from "@cutover/kysely/control";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import { loadCollection, type LoadRecord } from "../../histories/load/load-record.ts";

/** Two that share transactions, in one unit. */
export const collections: readonly CollectionDefinition<LoadRecord>[] = [
  loadCollection("load"),
  loadCollection("more"),
];

/** What moves under load. */
export const unit: Unit = { name: "walk/load+more", collections };

/** Both stores of a folder, and what decides between them: every process opens its own. */
export interface StorePair extends AsyncDisposable {
  readonly old: StorageBackend;
  readonly new: StorageBackend;
  readonly control: ControlStore;
}

/** What a pair is opened with, where it is not that of a load. */
export interface PairOptions {
  readonly collections?: readonly CollectionDefinition[];
  readonly clock?: () => number;
}

/** Opens JSON files, a database and a control store that lie in one folder. */
export async function openPair(folder: string, options: PairOptions = {}): Promise<StorePair> {
  const { clock = Date.now, collections: definitions = collections } = options;
  const given = { collections: definitions, clock };
  const old = await jsonBackend({ folder: join(folder, "json"), ...given });
  const successor = sqliteBackend({ path: join(folder, "data.db"), ...given });
  const control = sqliteControl({ path: join(folder, "control", "control.db") });
  await control.open();
  const dispose = async (): Promise<void> => {
    for (const part of [old, successor, control]) await part.close();
  };
  return { old, new: successor, control, [Symbol.asyncDispose]: dispose };
}
