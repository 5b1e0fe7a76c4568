import { storageContract } from "@cutover/contract-tests";
import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll } from "vitest";
import { databaseVariable, subject } from "./postgres.subject.fixture.ts";

describePostgres("the storage contract on a real server", () => {
  let drop: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const database = await (await startPostgres()).database();
    process.env[databaseVariable] = database.url;
    drop = database.drop;
  });
  afterAll(() => drop?.());

  storageContract(subject);
});
