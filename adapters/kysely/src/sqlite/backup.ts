import { rmSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { StorageError, type BackupManifest, type CollectionInfo } from "@cutover/core";
import { claimFile, digestOf, syncFile } from "../driver/backup-file.ts";
import { quote, statement } from "../sql/statement.ts";
import type { SqliteConnections } from "./connections.ts";
import { openDatabase } from "./file-connections.ts";
import { NativeSession } from "./native-session.ts";

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
