import { readFile } from "node:fs/promises";
import { StorageError } from "@cutover/core";
import { errnoOf, fileFailure } from "./file-failure.ts";
import type { MigrationRecord } from "./migration-record.ts";
import { parseRecord } from "./parse-record.ts";
import { statePaths } from "./state-paths.ts";
import { createDurably, makeFolder, replaceDurably } from "./write-durably.ts";
import { shellWord } from "../output/shell-word.ts";

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw fileFailure("read", path, error);
  }
}

async function readAt(path: string): Promise<MigrationRecord | undefined> {
  const text = await readIfThere(path);
  return text === undefined ? undefined : parseRecord(path, text);
}

/**
 * The migration record of a data folder. The history decides: a change is made once its file
 * stands there, whole and durable, even if a crash or a slow process left `record.json` behind.
 *
 * @returns undefined when the folder has none: it was never migrated
 * @throws StorageError CORRUPT_DATA with the position, FORMAT_TOO_NEW, IO_FAILED
 */
export async function readRecord(folder: string): Promise<MigrationRecord | undefined> {
  const paths = statePaths(folder);
  let record = await readAt(paths.record);
  for (;;) {
    const next = await readAt(paths.recordOf((record?.epoch ?? 0) + 1));
    if (next === undefined) return record;
    record = next;
  }
}

function changedMeanwhile(folder: string, record: MigrationRecord): StorageError {
  return new StorageError(
    "VERSION_CONFLICT",
    `the migration record of ${folder} has left epoch ${record.epoch - 1}: another cutover ` +
      "command changed it; look at `cutover status` and decide again",
    { operation: "record", nextCommand: `cutover status ${shellWord(folder)}` },
  );
}

/**
 * Makes `record` the folder's record if the one in place is still of the epoch before. Of several
 * processes that try, exactly one succeeds, with or without the migration lock. Durable when it
 * resolves.
 *
 * @throws StorageError VERSION_CONFLICT, having changed nothing, when somebody else was first;
 *   IO_FAILED, DISK_FULL
 */
export async function writeRecord(folder: string, record: MigrationRecord): Promise<void> {
  const paths = statePaths(folder);
  const text = `${JSON.stringify(record, null, 2)}\n`;
  parseRecord(paths.record, text);
  await makeFolder(paths.state, 0o700);
  await makeFolder(paths.history, 0o700);
  const current = await readRecord(folder);
  if ((current?.epoch ?? 0) !== record.epoch - 1) throw changedMeanwhile(folder, record);
  // Files of the history are never removed, so an epoch can be taken only once.
  const isFirst = await createDurably(paths.recordOf(record.epoch), text);
  if (!isFirst) throw changedMeanwhile(folder, record);
  await replaceDurably(paths.record, text);
}
