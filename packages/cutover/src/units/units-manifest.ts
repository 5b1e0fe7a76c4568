import { hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { isJsonObject, StorageError, type BackupFile, type JsonValue } from "@cutover/core";
import { stages, type Stage } from "@cutover/engine";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import { createDurably } from "../state/write-durably.ts";

/** How a unit stood when it was backed up. */
export interface BackedUpUnit {
  readonly name: string;
  readonly collections: readonly string[];
  readonly stage: Stage;
  readonly epoch: number;
}

/** What a backup of a folder whose units move says of itself. */
export interface UnitsManifest {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly units: readonly BackedUpUnit[];
  /** All other files of the backup. */
  readonly files: readonly BackupFile[];
}

/** Where the parts of such a backup lie in it. */
export const backupParts = {
  manifest: "cutover-units.json",
  json: "json",
  database: "database.db",
  control: "control.db",
} as const;

const format = 1;

/** A file of a backup, by its path in it. */
export async function describedFile(folder: string, path: string): Promise<BackupFile> {
  const place = join(folder, path);
  try {
    const { size: sizeBytes } = await stat(place);
    const digest = createHash("sha256");
    await pipeline(createReadStream(place), digest);
    return { path: path.replaceAll("\\", "/"), sizeBytes, sha256: digest.digest("hex") };
  } catch (error) {
    throw fileFailure("read", place, error);
  }
}

/** Writes the manifest, which makes a folder a backup, last of all. */
export async function writeManifest(folder: string, manifest: UnitsManifest): Promise<void> {
  const text = `${JSON.stringify({ format, ...manifest }, null, 2)}\n`;
  const digest = hash("sha256", JSON.stringify(manifest));
  await createDurably(
    join(folder, backupParts.manifest),
    text.replace(/\n\}\n$/, `,\n  "sha256": "${digest}"\n}\n`),
  );
}

function damaged(folder: string, what: string, cause?: unknown): StorageError {
  return new StorageError("CORRUPT_DATA", `the backup ${folder} cannot be used: ${what}`, {
    operation: "restore",
    ...(cause === undefined ? {} : { cause }),
  });
}

function isFile(value: JsonValue): boolean {
  return (
    isJsonObject(value) &&
    typeof value["path"] === "string" &&
    typeof value["sizeBytes"] === "number" &&
    typeof value["sha256"] === "string"
  );
}

function isUnit(value: JsonValue): boolean {
  if (!isJsonObject(value)) return false;
  const { name, collections, stage, epoch } = value;
  return (
    typeof name === "string" &&
    Array.isArray(collections) &&
    collections.every((collection) => typeof collection === "string") &&
    typeof stage === "string" &&
    Object.hasOwn(stages, stage) &&
    typeof epoch === "number"
  );
}

function isManifest(value: JsonValue): value is JsonValue & UnitsManifest {
  if (!isJsonObject(value)) return false;
  const { at, units, files } = value;
  return (
    typeof at === "string" &&
    Array.isArray(units) &&
    units.every(isUnit) &&
    Array.isArray(files) &&
    files.every(isFile)
  );
}

/**
 * The manifest of a backup of units; undefined for a folder that is none.
 * @throws StorageError CORRUPT_DATA, FORMAT_TOO_NEW, IO_FAILED
 */
export async function readManifest(folder: string): Promise<UnitsManifest | undefined> {
  const place = join(folder, backupParts.manifest);
  const text = await readFile(place, "utf8").catch((error: unknown) => {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return undefined;
    throw fileFailure("read", place, error);
  });
  if (text === undefined) return undefined;
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(folder, `${backupParts.manifest} is no JSON`, cause);
  }
  if (!isJsonObject(value)) throw damaged(folder, `${backupParts.manifest} is no object`);
  const { format: found, sha256, ...rest } = value;
  if (typeof found === "number" && found > format)
    throw new StorageError("FORMAT_TOO_NEW", `a newer version wrote the backup ${folder}; upgrade`);
  if (!isManifest(rest))
    throw damaged(folder, `${backupParts.manifest} does not say what is in it`);
  if (sha256 !== hash("sha256", JSON.stringify(rest)))
    throw damaged(folder, `${backupParts.manifest} was changed since it was written`);
  return rest;
}

/** Reads every file of a backup. @throws StorageError CORRUPT_DATA naming the first that is not as it was written */
export async function checkFiles(folder: string, { files }: UnitsManifest): Promise<void> {
  for (const { path, sha256 } of files) {
    const found = await describedFile(folder, path);
    if (found.sha256 !== sha256) throw damaged(folder, `${path} is not what was backed up`);
  }
}
