import { randomUUID } from "node:crypto";
import { StorageError } from "@cutover/core";
import { quote, statement } from "../sql/statement.ts";
import type { Engine, EngineCapabilities } from "../postgres/engine.ts";
import { anotherEngine, engineOf } from "../postgres/server-check.ts";
import type { ControlConnection } from "./control-connection.ts";
import { isMadeAlready } from "./control-error.ts";
import { lockKey } from "./lock-key.ts";
import { rowLockTables } from "./row-lock-statements.ts";

/** The layout this code writes. Newer ones are left alone. */
const layoutVersion = 1;
/** The oldest PostgreSQL that has everything that is relied on. */
const oldestServer = 140_000;

/**
 * Text compares by bytes whatever the database's language is. `whole` alone tells a mark of the
 * whole collection from one of the empty key; `counted_from`: writers whose mark is older were
 * taken for dead; `first` and `ordinal` say in which order places were first marked.
 */
const tables = (schema: string): readonly string[] => [
  `CREATE TABLE ${schema}.state (
    id integer PRIMARY KEY CHECK (id = 1),
    layout integer NOT NULL,
    incarnation text NOT NULL,
    generation bigint NOT NULL,
    last_audit bigint NOT NULL
  )`,
  `CREATE TABLE ${schema}.records (
    name text COLLATE "C" PRIMARY KEY,
    revision bigint NOT NULL,
    value text NOT NULL
  )`,
  `CREATE TABLE ${schema}.audit (
    number bigint PRIMARY KEY,
    at text NOT NULL,
    action text NOT NULL,
    unit text NOT NULL,
    actor text NOT NULL,
    details text NOT NULL
  )`,
  `CREATE SEQUENCE ${schema}.mark_number`,
  `CREATE TABLE ${schema}.marks (
    unit text COLLATE "C" NOT NULL,
    collection text COLLATE "C" NOT NULL,
    whole boolean NOT NULL,
    key text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    writers integer NOT NULL,
    moved boolean NOT NULL,
    counted_from bigint NOT NULL,
    since_ms bigint NOT NULL,
    first bigint NOT NULL,
    ordinal integer NOT NULL,
    PRIMARY KEY (unit, collection, whole, key)
  ) WITH (fillfactor = 70)`,
  `CREATE INDEX marks_oldest ON ${schema}.marks (unit, first, ordinal)`,
  `CREATE TABLE ${schema}.notes (
    place bigint GENERATED ALWAYS AS IDENTITY,
    topic text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (topic, key)
  ) WITH (fillfactor = 70)`,
];

const lookAtServer = statement(
  // An engine that only speaks Postgres's language may lack some of them.
  `SELECT current_setting('server_version_num')::int, version(),
          current_setting('fsync', true) = 'on' AND current_setting('full_page_writes', true) = 'on'`,
);
const lookAtSchema = statement(
  `SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1),
          EXISTS (SELECT FROM information_schema.columns
                  WHERE table_schema = $1 AND table_name = 'state' AND column_name = 'incarnation'),
          (SELECT count(*)::int FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = $1)`,
);

/** What a control store asks of a server. */
export interface ServerDemands {
  readonly engine: Engine;
  /** Acknowledged commits are to survive a power cut of the server. */
  readonly survivesPowerLoss: boolean;
}

/** @throws StorageError CONFIG_INVALID naming what the server lacks */
export async function checkServer(
  connection: ControlConnection,
  { engine, survivesPowerLoss }: ServerDemands,
): Promise<void> {
  const [[version, named, isDurable] = []] = await connection.all(lookAtServer, []);
  const refuse = (what: string): never => {
    throw new StorageError("CONFIG_INVALID", `${connection.location}: ${what}`);
  };
  const found = engineOf(String(named));
  if (found !== engine.title) refuse(`engine = ${found}: ${anotherEngine(found, engine)}`);
  if (engine.oldestVersion !== undefined && Number(version) < oldestServer)
    refuse("the server is older than Postgres 14, which a control store needs; upgrade it");
  if (survivesPowerLoss && isDurable !== true) {
    refuse(
      "the server runs with fsync or full_page_writes off, and may lose in a power cut what it has " +
        'acknowledged; switch them on, or say `durability: "process-crash"` where that does not matter',
    );
  }
}

/** Where the tables of a control store lie. */
export interface ControlPlace {
  /** The schema's name, unquoted. */
  readonly name: string;
  /** As it is written in statements. */
  readonly schema: string;
}

/** @throws StorageError CONFIG_INVALID for what is no plain name */
export function placeIn(name: string): ControlPlace {
  if (/^[a-z][a-z0-9_]{0,62}$/.test(name)) return { name, schema: quote(name) };
  throw new StorageError(
    "CONFIG_INVALID",
    `the schema of a control store is named by up to 63 of a to z, 0 to 9 and _, not "${name}"`,
  );
}

/** Looks, without changing anything, whose schema this is. @returns whether a control store is in it */
async function checkSchema(
  connection: ControlConnection,
  { name, schema }: ControlPlace,
): Promise<{ readonly exists: boolean; readonly made: boolean }> {
  const [[exists, made, relations] = []] = await connection.all(lookAtSchema, [name]);
  if (made !== true && Number(relations) > 0) {
    throw new StorageError(
      "CONFIG_INVALID",
      `${connection.location}: the schema has tables, but is no control store; choose another schema`,
    );
  }
  if (made !== true) return { exists: exists === true, made: false };
  const getLayout = statement(`SELECT layout FROM ${schema}.state`);
  const [[layout] = []] = await connection.all(getLayout, []);
  if (Number(layout) > layoutVersion) {
    throw new StorageError(
      "FORMAT_TOO_NEW",
      `${connection.location} has layout ${Number(layout)}, this program knows ${layoutVersion}; upgrade it`,
    );
  }
  return { exists: true, made: true };
}

async function createTables(
  connection: ControlConnection,
  { schema }: ControlPlace,
  { exists, advisoryLocks }: { readonly exists: boolean; readonly advisoryLocks: boolean },
): Promise<void> {
  const add = statement(`INSERT INTO ${schema}.state VALUES (1, ${layoutVersion}, $1, 1, 0)`);
  const locks = advisoryLocks ? [] : rowLockTables(schema);
  const begin = exists ? [] : [`CREATE SCHEMA ${schema}`];
  await connection.script([...begin, ...tables(schema), ...locks].join(";\n"));
  await connection.all(add, [randomUUID()]);
}

/** Several processes may open a store that is not there yet: one of them makes it. */
async function create(
  connection: ControlConnection,
  place: ControlPlace,
  { advisoryLocks }: EngineCapabilities,
): Promise<void> {
  await connection.script("BEGIN");
  try {
    const key = lockKey(place.name, "create");
    if (advisoryLocks) await connection.script(`SELECT pg_advisory_xact_lock(${key})`);
    const { exists, made } = await checkSchema(connection, place);
    if (!made) await createTables(connection, place, { exists, advisoryLocks });
    await connection.script("COMMIT");
  } catch (error) {
    await connection.script("ROLLBACK").catch(() => undefined);
    // Without a lock they meet where both make the same.
    if (advisoryLocks || !isMadeAlready(error)) throw error;
  }
}

function missing({ location }: ControlConnection): StorageError {
  return new StorageError(
    "SCHEMA_OUTDATED",
    `${location}: there is no control store, and none is made here; name the database and the schema ` +
      "that it was made in",
  );
}

/**
 * Makes the tables where they are missing and may be made.
 *
 * @returns the store's incarnation
 * @throws StorageError SCHEMA_OUTDATED where there is none, and none may be made; CONFIG_INVALID,
 *   FORMAT_TOO_NEW, IO_FAILED
 */
export async function openSchema(
  connection: ControlConnection,
  place: ControlPlace,
  { engine, mayCreate }: Pick<ServerDemands, "engine"> & { readonly mayCreate: boolean },
): Promise<string> {
  while (!(await checkSchema(connection, place)).made) {
    if (!mayCreate) throw missing(connection);
    await create(connection, place, engine.capabilities);
  }
  const getIncarnation = statement(`SELECT incarnation FROM ${place.schema}.state`);
  const [[incarnation] = []] = await connection.all(getIncarnation, []);
  return String(incarnation);
}
