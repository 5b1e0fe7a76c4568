import { engines, sharedSubset, type Engine } from "../../src/postgres/engine.ts";

/** PostgreSQL, used as if it had no more than what distributed engines share. */
export const sharedEngine: Engine = { ...engines.postgresql, capabilities: sharedSubset };

/** PostgreSQL, used as if it lacked advisory locks alone, as YugabyteDB does. */
export const rowsAndFunctions: Engine = {
  ...engines.postgresql,
  capabilities: engines.yugabytedb.capabilities,
};

/** Ways through the adapter that the server of the tests can show. */
export const testedEngines: readonly (readonly [name: string, engine: Engine])[] = [
  ["with all that PostgreSQL has", engines.postgresql],
  ["with what distributed engines share", sharedEngine],
];
