import { startPostgres, type TestDatabase } from "@cutover/test-postgres";
import { afterAll, beforeAll } from "vitest";
import { databaseVariable } from "./database-url.ts";

/** Makes a database for the tests of a file, and removes it after them. */
export function withDatabase(): void {
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = await (await startPostgres()).database();
    process.env[databaseVariable] = database.url;
  });
  afterAll(() => database?.drop());
}
