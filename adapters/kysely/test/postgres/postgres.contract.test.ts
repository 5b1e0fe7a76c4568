import { storageContract } from "@cutover/contract-tests";
import { startPostgres, type TestDatabase } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll } from "vitest";
import { databaseVariable, subject } from "./postgres.subject.fixture.ts";

describePostgres("the storage contract on a real server", () => {
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = await (await startPostgres()).database();
    process.env[databaseVariable] = database.url;
  });
  afterAll(() => database?.drop());

  storageContract(subject);
});
