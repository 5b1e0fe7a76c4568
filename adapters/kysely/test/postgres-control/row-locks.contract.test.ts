import { createHash } from "node:crypto";
import { controlContract } from "@cutover/contract-tests/control";
import { startPostgres, type TestDatabase } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll } from "vitest";
import { controlOn } from "../../src/postgres-control/postgres-control.ts";
import { sharedEngine } from "../postgres/tested-engines.ts";

/** Each place of the contract's is a schema of its own. */
function schemaAt(location: string): string {
  return `at_${createHash("sha256").update(location).digest("hex").slice(0, 20)}`;
}

describePostgres("a control store in Postgres without advisory locks", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await (await startPostgres()).database();
  });
  afterAll(() => database.drop());

  controlContract({
    name: "postgres, locks by rows",
    make: (location, options) =>
      controlOn(sharedEngine, {
        connectionString: database.url,
        schema: schemaAt(location),
        durability: "process-crash",
        ...options,
      }),
  });
});
