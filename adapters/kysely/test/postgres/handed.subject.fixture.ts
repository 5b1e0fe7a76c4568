import type { ContractSubject, OpenSubject } from "@cutover/contract-tests";
import { postgresBackend } from "@cutover/kysely/postgres";
import { Kysely, PostgresDialect } from "kysely";
import { Pool } from "pg";
import { closingAfter } from "../closing-after.ts";
import { databaseUrl, open, restore, schemaOf } from "./postgres.subject.fixture.ts";

const makePool = (): Pool => {
  const pool = new Pool({ connectionString: databaseUrl(), max: 4 });
  pool.on("error", () => {});
  return pool;
};
const durability = "process-crash";

const openPool: OpenSubject = async (location, options) => {
  const pool = makePool();
  const schema = schemaOf(location);
  return closingAfter(postgresBackend({ pool, schema, durability, ...options }), () => pool.end());
};

const openKysely: OpenSubject = async (location, options) => {
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: makePool() }) });
  const schema = schemaOf(location);
  const backend = postgresBackend({ kysely, schema, durability, ...options });
  return closingAfter(backend, () => kysely.destroy());
};

// The second process has connections of its own: what is handed in cannot be sent to it.
const module = new URL("postgres.subject.fixture.ts", import.meta.url);
const place = (location: string): string => `postgres:#${schemaOf(location)}`;

export { open };

/** A pool of pg's that the application opened. */
export const poolSubject: ContractSubject = {
  name: "postgres, a pool handed in",
  open: openPool,
  module,
  place,
  restore,
};

/** A Kysely instance of the application's. */
export const kyselySubject: ContractSubject = {
  name: "postgres, a Kysely handed in",
  open: openKysely,
  module,
  place,
  restore,
};
