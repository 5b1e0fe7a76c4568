import {
  rebuildDefinition,
  replicaOf,
  StorageError,
  type CollectionDefinition,
  type RecordState,
} from "@cutover/core";
import { statement } from "../sql/statement.ts";
import { readBackup, type BackedUp } from "./backup-lines.ts";
import { checkSchemaName } from "./books.ts";
import { engineNamed, type Engine } from "./engine.ts";
import { PgReader } from "./pg-reader.ts";
import { backendOn, connectionsFor, type PostgresOptions } from "./postgres-backend.ts";

/** What {@link restorePostgres} accepts. */
export interface RestorePostgresOptions {
  /** The file that `backup()` wrote. It is only read. */
  readonly from: string;
  /** The server, and the schema to make. Nothing of that name may be there. */
  readonly to: PostgresOptions;
}

/** What {@link restorePostgres} did. */
export interface RestoredPostgres {
  readonly schema: string;
  readonly records: number;
}

const batchRecords = 1000;

/** Reads all of a backup, so that half a one is refused before anything is made. */
async function check(path: string): Promise<readonly BackedUp[]> {
  let collections: readonly BackedUp[] = [];
  await readBackup(path, {
    head: async (found) => {
      collections = found;
    },
    record: () => undefined,
  });
  return collections;
}

async function checkFree(reader: PgReader, schema: string): Promise<void> {
  const [found] = (await reader.get(statement("SELECT to_regnamespace(?)::text"), [schema])) ?? [];
  if (found === null) return;
  throw new StorageError(
    "CONFIG_INVALID",
    `schema "${schema}" is there already; restore to another one`,
  );
}

async function load(
  engine: Engine,
  options: RestorePostgresOptions,
  collections: readonly BackedUp[],
): Promise<number> {
  const definitions: CollectionDefinition[] = collections.map(({ definition }) =>
    rebuildDefinition(definition),
  );
  const backend = backendOn(engine, { ...options.to, collections: definitions });
  const replica = replicaOf(backend);
  let records = 0;
  let batch: RecordState[] = [];
  const flush = async (): Promise<void> => {
    await replica.apply(batch);
    records += batch.length;
    batch = [];
  };
  try {
    for (const [index, collection] of definitions.entries())
      if (collections[index]?.touched === true) await replica.clear(collection);
    await readBackup(options.from, {
      head: async () => {},
      record: ([index, key, value]) => {
        const collection = definitions[index];
        if (collection !== undefined) batch.push({ collection, key, value });
        return batch.length < batchRecords ? undefined : flush();
      },
    });
    await flush();
    return records;
  } finally {
    await backend.close();
  }
}

/**
 * Makes a schema of a backup. The backup is read to its end first; what fails later takes the schema
 * away again.
 *
 * @throws StorageError CONFIG_INVALID when the schema is there, or the backup is none;
 *   CORRUPT_DATA, FORMAT_TOO_NEW, CONNECTION_LOST
 */
export async function restorePostgres(options: RestorePostgresOptions): Promise<RestoredPostgres> {
  return restoreOn(engineNamed(options.to.engine), options);
}

/** Makes a schema of a backup on an engine, whatever the options say of it. */
export async function restoreOn(
  engine: Engine,
  options: RestorePostgresOptions,
): Promise<RestoredPostgres> {
  const { schema = "cutover" } = options.to;
  checkSchemaName(schema);
  const collections = await check(options.from);
  const connections = connectionsFor(options.to);
  const reader = new PgReader(connections, connections.location ?? "the connection handed in");
  try {
    await checkFree(reader, schema);
    try {
      return { schema, records: await load(engine, options, collections) };
    } catch (error) {
      await reader.run(statement(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`), []);
      throw error;
    }
  } finally {
    await connections.close();
  }
}
