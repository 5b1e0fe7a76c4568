import type { ContractSubject, OpenSubject } from "@cutover/contract-tests";
import { backendOn } from "../../src/postgres/postgres-backend.ts";
import { restoreOn } from "../../src/postgres/restore-postgres.ts";
import { rowsAndFunctions } from "./tested-engines.ts";
import { databaseUrl, schemaOf, subject as whole } from "./postgres.subject.fixture.ts";

/** The server of the tests does not wait for its disk. */
const durability = "process-crash";

/** Opens the store of a clause; a second process imports this too. */
export const open: OpenSubject = async (location, options) =>
  backendOn(rowsAndFunctions, {
    connectionString: databaseUrl(),
    schema: schemaOf(location),
    durability,
    poolSize: 4,
    ...options,
  });

const restore = async (backup: string, location: string): Promise<void> => {
  const to = { connectionString: databaseUrl(), schema: schemaOf(location), durability } as const;
  await restoreOn(rowsAndFunctions, { from: backup, to });
};

/** What YugabyteDB is thought to have: all but advisory locks. */
export const subject: ContractSubject = {
  ...whole,
  name: "postgres, locks by rows beside functions",
  open,
  module: new URL(import.meta.url),
  restore,
};
