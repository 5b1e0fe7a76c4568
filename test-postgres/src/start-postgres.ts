import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runFolder } from "./server/run-folder.ts";
import { startServer } from "./server/server-process.ts";
import { makeDatabase, type TestDatabase, type TestDatabaseOptions } from "./test-database.ts";

/** What kind of server is wanted. */
export interface StartPostgresOptions {
  /**
   * Whether a commit waits for the disk, as it does on a server that holds real data. Default:
   * false, which is several times faster and loses everything in a power cut. `SHOW fsync` tells.
   */
  readonly durable?: boolean;
}

/** A real server for tests. */
export interface TestPostgres {
  /** The database to make others from. */
  readonly url: string;
  /** Makes a database for one test, or for one file of them. */
  database(options?: TestDatabaseOptions): Promise<TestDatabase>;
}

/** Starting one takes under a second; a machine that is busy with other tests takes longer. */
const patienceMs = 90_000;

/** The first process of a run to come here starts the server, the others wait for it. */
async function sharedServer(durable: boolean): Promise<string> {
  const folder = join(runFolder(), durable ? "durable" : "quick");
  const answer = `${folder}.json`;
  try {
    mkdirSync(`${folder}.starting`);
    await startServer(folder, durable);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const endMs = performance.now() + patienceMs;
  while (!existsSync(answer)) {
    if (performance.now() > endMs)
      throw new Error(`${folder}: another process started no Postgres`);
    await sleep(20);
  }
  const { url, error }: { url?: string; error?: string } = JSON.parse(readFileSync(answer, "utf8"));
  if (url === undefined) throw new Error(error);
  return url;
}

/**
 * A real Postgres on a free port of this machine, in a temporary folder, shared by all processes of
 * a run and stopped with it. `CUTOVER_TEST_POSTGRES_URL` names another server instead.
 *
 * @throws Error where there is no Postgres for this machine; ask `postgresMissing` first
 */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<TestPostgres> {
  const given = process.env["CUTOVER_TEST_POSTGRES_URL"];
  const url = given ?? (await sharedServer(options.durable ?? false));
  return { url, database: (wanted = {}) => makeDatabase(url, wanted) };
}
