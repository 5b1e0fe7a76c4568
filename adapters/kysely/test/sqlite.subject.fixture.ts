import { join } from "node:path";
import type { ContractSubject, OpenSubject } from "@cutover/contract-tests";
import { restoreSqlite, sqliteBackend } from "@cutover/kysely/sqlite";

/** Opens the store of a clause; a second process imports this too. */
export const open: OpenSubject = async (location, options) =>
  sqliteBackend({ path: join(location, "store.db"), ...options });

/** A file of the adapter's own. */
export const subject: ContractSubject = {
  name: "sqlite",
  open,
  module: new URL(import.meta.url),
  restore: async (backup, location) => {
    await restoreSqlite({ from: backup, to: join(location, "store.db") });
  },
};
