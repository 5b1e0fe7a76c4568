// Titles and assertions are the clauses' own.
/* oxlint-disable vitest/valid-title, vitest/expect-expect */
import { createHash } from "node:crypto";
import {
  controlClauses,
  runControlClause,
  type OpenControl,
} from "@cutover/contract-tests/control";
import { startPostgres, type TestDatabase } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { Pool } from "pg";
import { afterAll, beforeAll, it } from "vitest";
import { controlOn } from "../../src/postgres-control/postgres-control.ts";
import { sharedEngine } from "../postgres/tested-engines.ts";

/** What hangs on connections; everything with all proofs. */
const topics = /^(locks|closing)\//;
const isFull = process.env["CUTOVER_PROOF"] === "full";
/** Each lock that is held or waited for takes one, and clauses have several of them. */
const max = 24;

describePostgres("a control store without advisory locks in a pool handed in", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await (await startPostgres()).database();
  });
  afterAll(() => database.drop());

  const make: OpenControl = (location, options) => {
    const schema = `at_${createHash("sha256").update(location).digest("hex").slice(0, 20)}`;
    const pool = new Pool({ connectionString: database.url, max });
    pool.on("error", () => {});
    const control = controlOn(sharedEngine, {
      pool,
      schema,
      durability: "process-crash",
      ...options,
    });
    const close = control.close.bind(control);
    let closing: Promise<void> | undefined;
    return Object.assign(control, {
      close: () => (closing ??= close().then(() => pool.end())),
    });
  };

  const proved = controlClauses.filter(({ id }) => isFull || topics.test(id));
  for (const clause of proved)
    it(clause.title, () => runControlClause(clause, { name: "postgres, locks by rows", make }));
});
