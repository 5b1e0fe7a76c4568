import { join } from "node:path";
import { jsonBackend } from "@cutover/json";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import {
  handedRowLocks,
  type Handed,
} from "../../../adapters/kysely/test/postgres/handed-row-locks.ts";
import { collections, type StorePair } from "../walk/load-pair.ts";

/** Where the stores of a hop lie. All of it can travel to another process. */
export interface RowLockPlace {
  readonly from: "json" | "sqlite";
  readonly through: Handed;
  readonly folder: string;
  readonly url: string;
}

/**
 * Opens the stores of a hop to Postgres that go by locks on rows, in connections that the application
 * made: the records as well as what decides about them.
 */
export async function openRowLockPair(place: RowLockPlace): Promise<StorePair> {
  const { from, through, folder, url } = place;
  const old =
    from === "json"
      ? await jsonBackend({ folder: join(folder, "json"), collections })
      : sqliteBackend({ path: join(folder, "data.db"), collections });
  const handed = handedRowLocks(url, through, collections);
  const { records, control } = handed;
  await control.open();
  const dispose = async (): Promise<void> => {
    await old.close();
    await handed.close();
  };
  return { old, new: records, control, [Symbol.asyncDispose]: dispose };
}
