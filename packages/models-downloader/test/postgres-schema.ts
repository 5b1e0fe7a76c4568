import { startPostgres, type TestDatabase } from "@cutover/test-postgres";

/** A schema for the stores of one folder, and how it is connected to. */
export interface StoresServer {
  readonly connectionString: string;
  readonly schema: string;
  readonly poolSize: number;
  readonly durability: "process-crash";
}

let database: Promise<TestDatabase> | undefined;
let schemas = 0;

async function makeDatabase(): Promise<TestDatabase> {
  return (await startPostgres()).database();
}

/** An empty schema in the database of this test file, which is made when one is first asked for. */
export async function emptySchema(): Promise<StoresServer> {
  database ??= makeDatabase();
  const { url } = await database;
  schemas += 1;
  return {
    connectionString: url,
    schema: `stores_${schemas}`,
    poolSize: 4,
    // The server of the tests does not wait for its disk.
    durability: "process-crash",
  };
}

/** Removes the database with all its schemas. */
export async function dropDatabase(): Promise<void> {
  await (await database)?.drop();
  database = undefined;
}
