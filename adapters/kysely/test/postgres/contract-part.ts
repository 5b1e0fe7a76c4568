// Titles and assertions are the clauses' own.
/* oxlint-disable vitest/valid-title, vitest/expect-expect, vitest/require-top-level-describe */
import { runClause, topics, type ContractSubject } from "@cutover/contract-tests";
import { startPostgres, type TestDatabase, type TestDatabaseOptions } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll, it } from "vitest";
import { databaseVariable } from "./postgres.subject.fixture.ts";

/** Which clauses to prove, and on what database. */
export interface ContractPartOptions {
  /** Names of topics; all of the contract with all proofs. */
  readonly topics: readonly string[];
  readonly database?: TestDatabaseOptions;
}

/**
 * Registers a part of the contract for a way of opening a store that shares most with one that the
 * whole contract is proved for.
 */
export function contractPart(subject: ContractSubject, options: ContractPartOptions): void {
  const isFull = process.env["CUTOVER_PROOF"] === "full";
  const proved = topics.filter(({ name }) => isFull || options.topics.includes(name));
  describePostgres(`storage contract: ${subject.name}`, () => {
    let database: TestDatabase | undefined;
    beforeAll(async () => {
      database = await (await startPostgres()).database(options.database);
      process.env[databaseVariable] = database.url;
    });
    afterAll(() => database?.drop());

    for (const { name, clauses } of proved) {
      const light = clauses.filter(({ heavy }) => isFull || heavy !== true);
      for (const clause of light) it(`${name}: ${clause.title}`, () => runClause(clause, subject));
    }
  });
}
