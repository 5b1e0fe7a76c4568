import type { ContractSubject } from "@cutover/contract-tests";
import type { Engine } from "../../src/postgres/engine.ts";
import { backendOn } from "../../src/postgres/postgres-backend.ts";
import { restoreOn } from "../../src/postgres/restore-postgres.ts";
import { databaseUrl, schemaOf, subject as whole } from "./postgres.subject.fixture.ts";

/** Where a clause's store lies; the server of the tests does not wait for its disk. */
const placeOf = (location: string) =>
  ({
    connectionString: databaseUrl(),
    schema: schemaOf(location),
    durability: "process-crash",
  }) as const;

/** The adapter as it goes about with an engine that the server of the tests stands in for. */
export function engineSubject(
  engine: Engine,
  { name, module }: Required<Pick<ContractSubject, "name" | "module">>,
): ContractSubject {
  return {
    ...whole,
    name,
    module,
    open: async (location, options) =>
      backendOn(engine, { ...placeOf(location), poolSize: 4, ...options }),
    restore: async (backup, location) => {
      await restoreOn(engine, { from: backup, to: placeOf(location) });
    },
  };
}
