import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, StorageError, type JsonValue } from "@cutover/core";
import { fileFailure } from "../state/file-failure.ts";
import type { BackendKind } from "../state/migration-record.ts";
import { describedFile } from "../units/units-manifest.ts";
import { fileBackupManifest } from "./file-restore.ts";
import { openRawDatabase } from "./raw-database.ts";

const ours = "SELECT 1 FROM sqlite_master WHERE name = '_cutover_collections'";

function damaged(from: string, what: string, cause?: unknown): StorageError {
  return new StorageError("CORRUPT_DATA", `the backup ${from} cannot be used: ${what}`, {
    operation: "restore",
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The files of a backup and what they have to be; undefined where the manifest does not say. */
function filesOf(manifest: JsonValue): Map<string, string> | undefined {
  if (!isJsonObject(manifest) || !Array.isArray(manifest["files"])) return undefined;
  const files = new Map<string, string>();
  for (const file of manifest["files"]) {
    if (!isJsonObject(file)) return undefined;
    const { path, sha256 } = file;
    if (typeof path !== "string" || typeof sha256 !== "string") return undefined;
    files.set(path, sha256);
  }
  return files;
}

async function checkFiles(from: string): Promise<void> {
  const place = join(from, fileBackupManifest);
  const text = await readFile(place, "utf8").catch((error: unknown) => {
    throw fileFailure("read", place, error);
  });
  let manifest: JsonValue;
  try {
    manifest = JSON.parse(text);
  } catch (cause) {
    throw damaged(from, `${fileBackupManifest} is no JSON`, cause);
  }
  const files = filesOf(manifest);
  if (files === undefined) throw damaged(from, `${fileBackupManifest} does not say what is in it`);
  for (const [path, sha256] of files) {
    const found = await describedFile(from, path);
    if (found.sha256 !== sha256) throw damaged(from, `${path} is not what was backed up`);
  }
}

/** Reads every page, and writes nothing. */
function checkDatabase(from: string): void {
  let found: readonly unknown[];
  let isOurs: boolean;
  try {
    const database = openRawDatabase(from, { readonly: true });
    try {
      found = database.prepare("PRAGMA integrity_check(1)").pluck(true).all();
      isOurs = database.prepare(ours).pluck(true).all().length > 0;
    } finally {
      database.close();
    }
  } catch (cause) {
    throw damaged(from, "it is no SQLite database, or is damaged", cause);
  }
  if (found.length !== 1 || found[0] !== "ok")
    throw damaged(from, "SQLite's integrity check found damage");
  if (!isOurs)
    throw new StorageError("CONFIG_INVALID", `${from} is not a backup that this library wrote`);
}

/**
 * Reads all of a backup. Changes nothing.
 * @throws StorageError CORRUPT_DATA naming what is damaged; CONFIG_INVALID for another database; IO_FAILED
 */
export async function checkBackup(kind: BackendKind, from: string): Promise<void> {
  if (kind === "json") await checkFiles(from);
  else checkDatabase(from);
}
