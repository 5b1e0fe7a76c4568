import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Collection, StorageBackend } from "@cutover/core";
import type { BenchmarkRecord } from "@cutover/fixtures";
import type Database from "better-sqlite3";
import type { Kysely } from "kysely";
import { drizzleModels, type DrizzleModels } from "../peers/drizzle-models.ts";
import { peerStage, type PeerStage } from "../peers/peer-stage.ts";
import { stockKysely, type ModelTables } from "../peers/kysely-models.ts";
import { HandSqlite } from "./hand-sqlite.ts";
import { modelEntries, models, type ModelEntry } from "./models.ts";
import { openSqlite } from "./ours.ts";
import { durablePragmas, rawDatabase } from "./raw-sqlite.ts";
import type { StoreKind } from "./store-kind.ts";

/** The same records in databases of all who take part, each in a file of its own. */
export interface SqliteStage extends AsyncDisposable {
  readonly entries: readonly ModelEntry[];
  readonly backend: StorageBackend;
  readonly collection: Collection<BenchmarkRecord>;
  readonly oursPath: string;
  /** Reads our database by hand. */
  readonly hand: HandSqlite;
  readonly raw: Database.Database;
  readonly kysely: Kysely<ModelTables>;
  readonly drizzle: DrizzleModels;
  readonly node: DatabaseSync;
  readonly peers: PeerStage;
}

/** Sets the stage in an empty folder, with libraries that bring a store of their own if asked to. */
export async function sqliteStage(
  folder: string,
  records: number,
  kinds: readonly StoreKind[] = [],
): Promise<SqliteStage> {
  const entries = modelEntries(records);
  const oursPath = join(folder, `ours-${records}.db`);
  const backend = await openSqlite(oursPath);
  const collection = backend.collection(models);
  await collection.replaceAll(entries);
  const hand = new HandSqlite(oursPath);
  const opened: Database.Database[] = [];
  const handmade = (name: string): Database.Database => {
    const database = rawDatabase(join(folder, `${name}-${records}.db`), entries);
    opened.push(database);
    return database;
  };
  handmade("node");
  const node = new DatabaseSync(join(folder, `node-${records}.db`));
  for (const pragma of durablePragmas) node.exec(`PRAGMA ${pragma}`);
  const peers = await peerStage(folder, kinds, entries);
  return {
    entries,
    backend,
    collection,
    oursPath,
    hand,
    raw: handmade("raw"),
    kysely: stockKysely(handmade("kysely")),
    drizzle: drizzleModels(handmade("drizzle")),
    node,
    peers,
    async [Symbol.asyncDispose]() {
      await hand[Symbol.asyncDispose]();
      await backend.close();
      await peers[Symbol.asyncDispose]();
      node.close();
      for (const database of opened) database.close();
    },
  };
}
