import { engineNamed } from "./engine.ts";
import type { PostgresOptions } from "./postgres-backend.ts";
import { connectionsFor } from "./postgres-backend.ts";
import { PgReader } from "./pg-reader.ts";
import {
  problemsOf,
  settingsOf,
  settingsStep,
  type ServerProblem,
  type ServerSettings,
} from "./server-check.ts";

/** What {@link checkPostgres} found. */
export interface PostgresCheck {
  readonly settings: ServerSettings;
  /** Empty where the server keeps what the store promises. */
  readonly problems: readonly ServerProblem[];
}

/**
 * Asks a server whether it is fit to hold a store; changes nothing.
 *
 * @throws StorageError CONFIG_INVALID, CONNECTION_LOST where it cannot be asked
 */
export async function checkPostgres(options: PostgresOptions): Promise<PostgresCheck> {
  const connections = connectionsFor(options);
  try {
    const reader = new PgReader(connections, connections.location ?? "the connection handed in");
    const [answer] = await reader.send([settingsStep]);
    const settings = settingsOf(answer?.rows[0]);
    return { settings, problems: problemsOf(settings, engineNamed(options.engine)) };
  } finally {
    await connections.close();
  }
}
