import type { ContractSubject, OpenSubject } from "@cutover/contract-tests";
import { Kysely, PostgresDialect } from "kysely";
import { Pool } from "pg";
import { engines, type Engine } from "../../src/postgres/engine.ts";
import { backendOn } from "../../src/postgres/postgres-backend.ts";
import { closingAfter } from "../closing-after.ts";
import { databaseUrl, open, restore, schemaOf } from "./postgres.subject.fixture.ts";
import { subject as sharedSubset } from "./shared-subset.subject.fixture.ts";
import { sharedEngine } from "./tested-engines.ts";

const makePool = (): Pool => {
  const pool = new Pool({ connectionString: databaseUrl(), max: 4 });
  pool.on("error", () => {});
  return pool;
};
const durability = "process-crash";

const poolOpener =
  (engine: Engine): OpenSubject =>
  async (location, options) => {
    const pool = makePool();
    const schema = schemaOf(location);
    const backend = backendOn(engine, { pool, schema, durability, ...options });
    return closingAfter(backend, () => pool.end());
  };

const kyselyOpener =
  (engine: Engine): OpenSubject =>
  async (location, options) => {
    const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: makePool() }) });
    const schema = schemaOf(location);
    const backend = backendOn(engine, { kysely, schema, durability, ...options });
    return closingAfter(backend, () => kysely.destroy());
  };

// The second process has connections of its own: what is handed in cannot be sent to it.
const module = new URL("postgres.subject.fixture.ts", import.meta.url);
const place = (location: string): string => `postgres:#${schemaOf(location)}`;

export { open };

/** A pool of pg's that the application opened. */
export const poolSubject: ContractSubject = {
  name: "postgres, a pool handed in",
  open: poolOpener(engines.postgresql),
  module,
  place,
  restore,
};

/** A Kysely instance of the application's. */
export const kyselySubject: ContractSubject = {
  name: "postgres, a Kysely handed in",
  open: kyselyOpener(engines.postgresql),
  module,
  place,
  restore,
};

/** The same pool, with what distributed engines share. */
export const subsetPoolSubject: ContractSubject = {
  ...sharedSubset,
  name: "postgres, a pool handed in, no more than distributed engines share",
  open: poolOpener(sharedEngine),
  place,
};

/** The same Kysely instance, with what distributed engines share. */
export const subsetKyselySubject: ContractSubject = {
  ...sharedSubset,
  name: "postgres, a Kysely handed in, no more than distributed engines share",
  open: kyselyOpener(sharedEngine),
  place,
};
