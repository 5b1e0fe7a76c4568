import { postgresBackend } from "@cutover/kysely/postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll } from "vitest";
import { sameAnswers } from "../same-answers.ts";
import { TestStores } from "./test-store.ts";

describePostgres("on a database that sorts by the rules of a language", () => {
  let stores: TestStores;
  beforeAll(async () => {
    stores = await TestStores.begin({ order: "language" });
  });
  afterAll(() => stores[Symbol.asyncDispose]());

  sameAnswers({
    open: async (clock) => {
      const backend = postgresBackend({
        connectionString: stores.database.url,
        schema: stores.nextSchema(),
        durability: "process-crash",
        clock,
      });
      return { backend, close: () => backend.close() };
    },
    share: process.env["CUTOVER_PROOF"] === "full" ? 1 : 0.2,
  });
});
