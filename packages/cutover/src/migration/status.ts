import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import type { BackendKind, MigrationRecord } from "../state/migration-record.ts";
import { wholeBackend } from "../state/whole-backend.ts";
import { readRecord } from "../state/record-file.ts";
import { checkOriginals, type OriginalState } from "./check-originals.ts";
import { databaseContent } from "./database-content.ts";
import { readIntent } from "./intent.ts";
import { findLeftovers } from "./leftovers.ts";
import type { MigrationTarget } from "./migration-target.ts";
import { originalGroups } from "./original-group.ts";
import { identityAt } from "./place-file.ts";
import { checkRecordedDatabase } from "./recorded-database.ts";
import { surveyFiles } from "./survey-files.ts";

/** A collection of the store in charge. */
export interface CollectionStatus {
  readonly name: string;
  readonly file: string;
  readonly exists: boolean;
  /** Undefined where the store cannot be read; `problems` says why. */
  readonly records: number | undefined;
  /** Records that cannot be read; only while the files are in charge. */
  readonly unusable: number;
}

/** Where a data folder stands. */
export interface FolderStatus {
  readonly backend: BackendKind;
  /** 0 for a folder that was never migrated. */
  readonly epoch: number;
  /** When the last change of the record was made; UTC in ISO 8601. */
  readonly since: string | undefined;
  readonly lastAction: string | undefined;
  readonly database: { readonly path: string; readonly isThere: boolean };
  readonly collections: readonly CollectionStatus[];
  /** Originals that are not what they were when they were migrated. */
  readonly edited: readonly { readonly file: string; readonly state: OriginalState }[];
  /** Databases that a rollback kept. */
  readonly asides: readonly string[];
  /** What a command that died left; the next `migrate` or `rollback` tidies it up. */
  readonly leftovers: readonly string[];
  /** A command that died between two steps. */
  readonly unfinished: "migrate" | "rollback" | undefined;
  readonly problems: readonly string[];
}

async function asidesOf(databasePath: string): Promise<string[]> {
  const prefix = `${basename(databasePath)}.rolled-back-`;
  const folder = dirname(databasePath);
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
      .map((name) => join(folder, name));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw fileFailure("read the folder", folder, error);
  }
}

async function fileCollections(
  target: MigrationTarget,
  problems: string[],
  signal: AbortSignal | undefined,
): Promise<CollectionStatus[]> {
  const { collections, findings } = await surveyFiles({ ...target, signal });
  for (const { code, message } of findings.first) {
    if (code === "corrupt-file") problems.push(message);
  }
  return collections.map(({ definition, exists, records, unusable }) => ({
    name: definition.name,
    file: definition.file.path,
    exists,
    records,
    unusable,
  }));
}

async function collectionsOf(
  target: MigrationTarget,
  backend: BackendKind,
  on: {
    readonly record: MigrationRecord | undefined;
    readonly problems: string[];
    readonly signal: AbortSignal | undefined;
  },
): Promise<CollectionStatus[]> {
  if (backend === "json") return fileCollections(target, on.problems, on.signal);
  try {
    await checkRecordedDatabase(target, on.record);
    const { collections } = await databaseContent(target);
    return collections.map((collection) => ({ ...collection, unusable: 0 }));
  } catch (error) {
    on.signal?.throwIfAborted();
    on.problems.push(error instanceof Error ? error.message : String(error));
  }
  return target.collections.map(({ name, file }) => ({
    name,
    file: file.path,
    exists: false,
    records: undefined,
    unusable: 0,
  }));
}

async function editedOf(
  target: MigrationTarget,
  record: MigrationRecord | undefined,
  signal: AbortSignal | undefined,
): Promise<FolderStatus["edited"]> {
  if (record === undefined || wholeBackend(target.folder, record) === "json") return [];
  const groups = originalGroups(target.folder, target.collections);
  const intent = await readIntent(target.folder);
  const intended = intent?.kind === "rollback" ? intent.files : [];
  const checked = await checkOriginals(groups, record, { intended, signal });
  return checked
    .filter(({ state }) => state !== "same")
    .map(({ group, state }) => ({ file: group.file, state }));
}

/** Looks at a data folder; changes nothing and takes no lock. */
export async function folderStatus(
  target: MigrationTarget,
  signal?: AbortSignal,
): Promise<FolderStatus> {
  const record = await readRecord(target.folder);
  const backend = wholeBackend(target.folder, record);
  const problems: string[] = [];
  const step = record?.steps.at(-1);
  const isThere = (await identityAt(target.databasePath)) !== undefined;
  return {
    backend,
    epoch: record?.epoch ?? 0,
    since: step?.at,
    lastAction: step?.action,
    database: { path: target.databasePath, isThere },
    collections: await collectionsOf(target, backend, { record, problems, signal }),
    edited: await editedOf(target, record, signal),
    asides: await asidesOf(target.databasePath),
    leftovers: await findLeftovers(target),
    unfinished: (await readIntent(target.folder))?.kind,
    problems,
  };
}
