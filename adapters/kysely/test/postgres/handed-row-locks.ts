import type { CollectionDefinition, ControlStore, StorageBackend } from "@cutover/core";
import { Kysely, PostgresDialect } from "kysely";
import { Pool } from "pg";
import { backendOn } from "../../src/postgres/postgres-backend.ts";
import { controlOn } from "../../src/postgres-control/postgres-control.ts";
import { sharedEngine } from "./tested-engines.ts";

/** What the records are reached through: a pool, or a Kysely over that pool. */
export type Handed = "pool" | "kysely";

/** A store and a control store that go by locks on rows, in connections of an application's. */
export interface HandedRowLocks {
  readonly records: StorageBackend;
  /** Not open yet. */
  readonly control: ControlStore;
  /** Closes both, then what they were handed. */
  close(): Promise<void>;
}

/** For the records, for what decides, and one for each lock that is held or waited for. */
const max = 16;
/** The server of the tests does not wait for its disk. */
const durability = "process-crash";

/** Makes both over one pool. */
export function handedRowLocks(
  connectionString: string,
  through: Handed,
  collections: readonly CollectionDefinition[],
): HandedRowLocks {
  const pool = new Pool({ connectionString, max });
  pool.on("error", () => {});
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  const reached = through === "pool" ? { pool } : { kysely };
  const records = backendOn(sharedEngine, { ...reached, durability, collections });
  const control = controlOn(sharedEngine, { pool, durability });
  const close = async (): Promise<void> => {
    await records.close();
    await control.close();
    await pool.end();
  };
  return { records, control, close };
}
