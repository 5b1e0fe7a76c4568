import type { TestDatabase } from "@cutover/test-postgres";

/** What `version()` answers on engines that were never run. */
const disguises = {
  cockroachdb: "CockroachDB CCL v25.3.1 (x86_64-pc-linux-gnu)",
  yugabytedb: "PostgreSQL 15.12-YB-2025.1.0.0-b0 on x86_64-pc-linux-gnu",
} as const;

/** An engine that a config can name, and that no server of the tests is. */
export type DisguisedEngine = keyof typeof disguises;

/**
 * Has a database of a PostgreSQL server call itself another engine from now on, in every session:
 * then a config that names that engine gets through to it, and the way made for it is the one used.
 */
export async function disguise(database: TestDatabase, engine: DisguisedEngine): Promise<void> {
  await database.query("ALTER FUNCTION pg_catalog.version() RENAME TO undisguised_version");
  await database.query(
    `CREATE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE AS $$ SELECT '${disguises[engine]}' $$`,
  );
}
