import { createHash } from "node:crypto";
import { closeSync, createReadStream, fsyncSync, openSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { StorageError, type BackupManifest, type CollectionInfo } from "@cutover/core";
import { quote, statement } from "../sql/statement.ts";
import type { SqliteConnections } from "./connections.ts";
import { openDatabase } from "./file-connections.ts";
import { NativeSession } from "./native-session.ts";

/** Creates a file that must not be there yet, for its owner alone. */
export function claimFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    const exists = error instanceof Error && "code" in error && error.code === "EEXIST";
    const what = exists
      ? "is there already; choose a path that does not exist"
      : "cannot be created";
    throw new StorageError(exists ? "CONFIG_INVALID" : "IO_FAILED", `${path} ${what}`, {
      cause: error,
    });
  }
}

/** Makes a closed file, and its name, survive a power cut. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  syncFolder(dirname(path));
}

/** Makes the names in a folder survive a power cut. */
export function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** Checks a database that nobody else uses, and folds its log into the one file. */
export async function verifyDatabase(path: string): Promise<void> {
  const database = await openDatabase(path);
  try {
    const session = new NativeSession(database, path);
    session.get(statement("PRAGMA journal_mode = DELETE"), []);
    const found = session.all(statement("PRAGMA integrity_check(1)"), []);
    if (found.length === 1 && found[0]?.[0] === "ok") return;
  } finally {
    database.close();
  }
  throw new StorageError("CORRUPT_DATA", `${path}: SQLite's integrity check found damage`);
}

async function countsIn(
  path: string,
  collections: readonly CollectionInfo[],
): Promise<CollectionInfo[]> {
  const database = await openDatabase(path, { readonly: true });
  try {
    const session = new NativeSession(database, path);
    return collections.map(({ name, exists }) => {
      const row = session.get(statement(`SELECT count(*) FROM ${quote(name)}`), []);
      const records = Number(row?.[0] ?? 0);
      return { name, exists: exists || records > 0, records };
    });
  } finally {
    database.close();
  }
}

/** Writes a verified copy of a database to one new file. */
export async function writeBackup(
  connections: SqliteConnections,
  destination: string,
  collections: readonly CollectionInfo[],
): Promise<BackupManifest> {
  const path = resolve(destination);
  claimFile(path);
  try {
    await connections.copyTo(path);
    await verifyDatabase(path);
    const counted = await countsIn(path, collections);
    await syncFile(path);
    const { size: sizeBytes } = statSync(path);
    const file = { path: basename(path), sizeBytes, sha256: await digestOf(path) };
    return { kind: "sqlite", destination: path, files: [file], collections: counted };
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}
