import { hash } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import {
  type BackupFile,
  type BackupManifest,
  type CollectionDefinition,
  type CollectionInfo,
  StorageError,
} from "@cutover/core";
import { parseDocument } from "../document/parse-document.ts";
import { fileStore } from "../store/file-store.ts";
import type { FileStore } from "../store/file-store.ts";
import { syncFolder } from "../store/folder-sync.ts";
import { layoutOf } from "./table-cache.ts";

/** The file of a backup that says what the others are. */
const manifestName = "cutover-backup.json";
const format = 1;

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const handle = await open(path, "wx", 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle[Symbol.asyncDispose]();
  }
}

async function makeDestination(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await mkdir(path, { mode: 0o700 });
  } catch (cause) {
    const what = `cannot make the backup folder ${path}; it must not exist yet`;
    throw new StorageError("IO_FAILED", what, { operation: "backup", cause });
  }
}

function collectionInfo(
  definition: CollectionDefinition,
  bytes: Buffer | undefined,
): CollectionInfo {
  const { name, file } = definition;
  if (bytes === undefined) return { name, exists: false, records: 0 };
  const document = parseDocument(bytes, { file: file.path, layout: layoutOf(definition) });
  return { name, exists: true, records: document.size };
}

/**
 * Copies the collections' files, all of one revision, into a folder that does not exist yet.
 *
 * @throws StorageError IO_FAILED when it exists; CORRUPT_DATA when a file cannot be parsed
 */
export async function backupFiles(
  store: FileStore,
  definitions: readonly CollectionDefinition[],
  destination: string,
): Promise<BackupManifest> {
  const target = resolve(destination);
  const { bytes } = await store.read(definitions.map(({ file }) => file.path));
  const collections = definitions.map((definition) =>
    collectionInfo(definition, bytes.get(definition.file.path)),
  );
  await makeDestination(target);
  const files: BackupFile[] = [];
  for (const [path, content] of bytes) {
    await writeDurably(join(target, path), content);
    await syncFolder(dirname(join(target, path)));
    files.push({ path, sizeBytes: content.length, sha256: hash("sha256", content) });
  }
  const manifest: BackupManifest = { kind: "json", destination: target, files, collections };
  // The manifest comes last: a folder without one is no backup.
  const missing = definitions.map(({ file }) => file.path).filter((path) => !bytes.has(path));
  await writeDurably(
    join(target, manifestName),
    Buffer.from(JSON.stringify({ format, missing, ...manifest }, null, 2)),
  );
  await syncFolder(target);
  await syncFolder(dirname(target));
  return manifest;
}

/** What {@link restoreJson} accepts. */
export interface RestoreJsonOptions {
  /** The backup's folder. */
  readonly from: string;
  /** The data folder. No backend may have it open. */
  readonly to: string;
  /** Replace files that are there; they are kept aside. Default: false, which refuses. */
  readonly replace?: boolean;
}

/** What a restore did. */
export interface RestoreJsonReport {
  /** Files written. */
  readonly restored: readonly string[];
  /** Folder that the files that were there before now lie in; undefined when there were none. */
  readonly keptAside: string | undefined;
}

interface StoredManifest {
  readonly files: readonly BackupFile[];
  readonly missing: readonly string[];
}

function notABackup(folder: string, cause?: unknown): StorageError {
  return new StorageError(
    "CORRUPT_DATA",
    `${folder} is no backup of JSON files: ${manifestName} cannot be used`,
    { cause },
  );
}

function isFile(item: unknown): item is BackupFile {
  if (typeof item !== "object" || item === null) return false;
  return (
    "path" in item &&
    typeof item.path === "string" &&
    "sha256" in item &&
    typeof item.sha256 === "string"
  );
}

async function readManifest(folder: string): Promise<StoredManifest> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(join(folder, manifestName), "utf8"));
  } catch (cause) {
    throw notABackup(folder, cause);
  }
  if (typeof parsed !== "object" || parsed === null) throw notABackup(folder);
  if ("format" in parsed && typeof parsed.format === "number" && parsed.format > format) {
    throw new StorageError("FORMAT_TOO_NEW", `the backup ${folder} was written by a newer version`);
  }
  const files: unknown = "files" in parsed ? parsed.files : undefined;
  const missing: unknown = "missing" in parsed ? parsed.missing : undefined;
  if (!Array.isArray(files) || !files.every(isFile) || !Array.isArray(missing))
    throw notABackup(folder);
  return { files, missing: missing.filter((path) => typeof path === "string") };
}

async function readVerified(folder: string, file: BackupFile): Promise<Buffer> {
  const bytes = await readFile(join(folder, file.path)).catch((cause: unknown) => {
    throw new StorageError("IO_FAILED", `cannot read ${file.path} of the backup ${folder}`, {
      cause,
    });
  });
  if (hash("sha256", bytes) === file.sha256) return bytes;
  throw new StorageError(
    "CORRUPT_DATA",
    `${file.path} of the backup ${folder} is not what was backed up`,
  );
}

/** The files of a backup, all of which are what was backed up. */
async function readFiles(
  folder: string,
  { files }: StoredManifest,
): Promise<Map<string, readonly Buffer[]>> {
  const contents = new Map<string, readonly Buffer[]>();
  for (const file of files) contents.set(file.path, [await readVerified(folder, file)]);
  return contents;
}

/**
 * Reads all of a backup as {@link restoreJson} would, and changes nothing.
 *
 * @param from the backup's folder
 * @throws StorageError CORRUPT_DATA when the backup is damaged; FORMAT_TOO_NEW; IO_FAILED
 */
export async function checkJsonBackup(from: string): Promise<void> {
  const folder = resolve(from);
  await readFiles(folder, await readManifest(folder));
}

/** Copies what is about to be replaced, and moves away what the backup says was not there. */
async function keepAside(store: FileStore, manifest: StoredManifest): Promise<string | undefined> {
  const { bytes } = await store.read([
    ...manifest.files.map(({ path }) => path),
    ...manifest.missing,
  ]);
  if (bytes.size === 0) return undefined;
  const aside = join(store.root, ".cutover", `before-restore-${Date.now()}`);
  for (const [path, content] of bytes) await writeDurably(join(aside, path), content);
  await syncFolder(aside);
  for (const path of manifest.missing) {
    if (bytes.has(path)) await rename(join(store.root, path), join(aside, path));
  }
  return aside;
}

/**
 * Puts a backup's files back, all or none, after checking every digest. Files that were not there
 * when the backup was made are put aside just before: of a process that dies in between they are
 * missing beside the old ones, until the call is repeated. `cutover restore` keeps the folder closed
 * for as long.
 *
 * @throws StorageError CORRUPT_DATA when the backup is damaged; ALREADY_EXISTS when files are there
 *   and `replace` is not set
 */
export async function restoreJson(options: RestoreJsonOptions): Promise<RestoreJsonReport> {
  const from = resolve(options.from);
  const to = resolve(options.to);
  const manifest = await readManifest(from);
  const contents = await readFiles(from, manifest);
  await mkdir(to, { recursive: true, mode: 0o700 });
  const store = await fileStore({ root: to });
  try {
    return await store.withLock(async () => {
      const before = store.snapshot([...contents.keys(), ...manifest.missing]);
      const present = [...before.files.values()].filter(({ exists }) => exists);
      if (present.length > 0 && options.replace !== true) {
        const names = present.map(({ file }) => file).join(", ");
        throw new StorageError(
          "ALREADY_EXISTS",
          `${to} already has ${names}; ask for them to be replaced`,
        );
      }
      const keptAside = await keepAside(store, manifest);
      await store.commit(store.snapshot(contents.keys()), contents);
      return { restored: [...contents.keys()], keptAside };
    });
  } finally {
    await store.close();
  }
}
