import { type StorageBackend, StorageError } from "@cutover/core";
import { openStorage } from "cutover";
import { storesConfig } from "../stores/open-stores.ts";
import type { Stores } from "../stores/stores.ts";

/**
 * The address that an environment variable holds: on a command line everybody could read it.
 * @throws StorageError CONFIG_INVALID where there is no such variable
 */
export function addressIn(variable: string): string {
  const address = process.env[variable];
  if (address !== undefined && address !== "") return address;
  throw new StorageError(
    "CONFIG_INVALID",
    `the environment has no ${variable}, which is to hold the address of the Postgres server`,
  );
}

async function holdsAny(storage: StorageBackend): Promise<boolean> {
  return (await storage.info()).collections.some(({ exists }) => exists);
}

/**
 * Refuses to serve nothing in the place of something: a new schema where the folder holds stores
 * was not filled.
 * @throws StorageError STAGE_REFUSED; what opening the folder throws
 */
export async function checkFilled({ storage }: Stores, folder: string): Promise<void> {
  if (await holdsAny(storage)) return;
  const own = await openStorage({ folder, config: storesConfig, env: {}, onWarning: () => {} });
  try {
    if (!(await holdsAny(own))) return;
  } finally {
    await own.close();
  }
  throw new StorageError(
    "STAGE_REFUSED",
    `${folder} holds stores and the Postgres server holds none; nothing was changed. copyStores() ` +
      "fills it: see docs/models-downloader.md",
  );
}
