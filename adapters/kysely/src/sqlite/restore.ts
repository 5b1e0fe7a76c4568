import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { StorageError } from "@cutover/core";
import { statement } from "../sql/statement.ts";
import type { RestoredSqlite, RestoreSqliteOptions } from "./restore-sqlite.ts";
import { claimFile, syncFile, syncFolder } from "../driver/backup-file.ts";
import { verifyDatabase } from "./backup.ts";
import { openDatabase } from "./file-connections.ts";
import { NativeSession } from "./native-session.ts";
import { applicationId, collectionsTable } from "./books.ts";
import { isBusy } from "./sqlite-error.ts";

const companions = ["", "-wal", "-shm"] as const;

/** Marked as ours, or the copy of a database that was handed to us and holds our collections. */
function isOurs(session: NativeSession): boolean {
  const id = session.get(statement("PRAGMA application_id"), []);
  if (id?.[0] === applicationId) return true;
  const books = statement("SELECT 1 FROM sqlite_master WHERE name = ?");
  return session.get(books, [collectionsTable]) !== undefined;
}

/** Copies a backup through SQLite, which checks every page on the way. */
async function copyDatabase(from: string, to: string): Promise<void> {
  const source = await openDatabase(from, { readonly: true });
  try {
    const session = new NativeSession(source, from);
    if (!isOurs(session)) {
      throw new StorageError("CONFIG_INVALID", `${from} is not a backup that this library wrote`);
    }
    await source.backup(to);
  } finally {
    source.close();
  }
}

/** @throws StorageError LOCK_TIMEOUT when somebody has the store open */
async function checkClosed(path: string): Promise<void> {
  const database = await openDatabase(path).catch(() => undefined);
  if (database === undefined) return;
  try {
    // Leaving WAL mode needs the database to itself, and folds the log into the file.
    new NativeSession(database, path).get(statement("PRAGMA journal_mode = DELETE"), []);
  } catch (error) {
    // A damaged store is exactly what one wants to replace.
    if (isBusy(error)) {
      throw new StorageError("LOCK_TIMEOUT", `${path} is in use; close it everywhere first`, {
        cause: error,
      });
    }
  } finally {
    database.close();
  }
}

function putAside(path: string): string {
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, "-");
  let aside = `${path}.before-restore-${stamp}`;
  for (let attempt = 2; existsSync(aside); attempt++)
    aside = `${path}.before-restore-${stamp}-${attempt}`;
  for (const companion of companions) {
    if (existsSync(path + companion)) renameSync(path + companion, aside + companion);
  }
  return aside;
}

/** What `restoreSqlite` does. */
export async function restore(options: RestoreSqliteOptions): Promise<RestoredSqlite> {
  const from = resolve(options.from);
  const to = resolve(options.to);
  const present = existsSync(to);
  if (present && options.replace !== true) {
    throw new StorageError(
      "CONFIG_INVALID",
      `${to} is there already; restore to another path, or ask for \`replace\`, which keeps it aside`,
    );
  }
  if (present) await checkClosed(to);
  const staged = `${to}.restoring`;
  rmSync(staged, { force: true });
  claimFile(staged);
  try {
    await copyDatabase(from, staged);
    await verifyDatabase(staged);
    await syncFile(staged);
  } catch (error) {
    rmSync(staged, { force: true });
    throw error;
  }
  const keptAside = present ? putAside(to) : undefined;
  renameSync(staged, to);
  syncFolder(dirname(to));
  return { path: to, keptAside };
}
