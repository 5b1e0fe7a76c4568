import { postgresBackend } from "@cutover/kysely/postgres";
import { postgresControl } from "@cutover/kysely/postgres-control";
import { collections, type StorePair } from "./load-pair.ts";

/** Opens two stores and a control store that lie in three schemas of one database, and nowhere else. */
export async function openServerPair(connectionString: string): Promise<StorePair> {
  // The server of the tests does not wait for its disk.
  const common = { connectionString, durability: "process-crash" } as const;
  const store = { ...common, collections, poolSize: 4 };
  const old = postgresBackend({ ...store, schema: "old_store" });
  const successor = postgresBackend({ ...store, schema: "new_store" });
  const control = postgresControl({ ...common, schema: "control" });
  await control.open();
  const dispose = async (): Promise<void> => {
    for (const part of [old, successor, control]) await part.close();
  };
  return { old, new: successor, control, [Symbol.asyncDispose]: dispose };
}
