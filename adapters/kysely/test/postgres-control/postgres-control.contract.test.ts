import { createHash } from "node:crypto";
import { controlContract } from "@cutover/contract-tests/control";
import { postgresControl } from "@cutover/kysely/postgres-control";
import { startPostgres, type TestDatabase } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll } from "vitest";

/** Each place of the contract's is a schema of its own. */
function schemaAt(location: string): string {
  return `at_${createHash("sha256").update(location).digest("hex").slice(0, 20)}`;
}

describePostgres("a control store in Postgres", () => {
  for (const order of ["bytes", "language"] as const) {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await (await startPostgres()).database({ order });
    });
    afterAll(() => database.drop());

    controlContract({
      name: `postgres, text ordered by ${order}`,
      make: (location, options) =>
        postgresControl({
          connectionString: database.url,
          schema: schemaAt(location),
          durability: "process-crash",
          ...options,
        }),
    });
  }
});
