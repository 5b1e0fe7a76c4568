import { isStorageError, StorageError } from "@cutover/core";
import { formatCount, loadProject, migrate, type MigrateReport } from "cutover";
import { storesTarget } from "../stores/open-stores.ts";

/** What became of a folder before it is served. */
export interface StartReport {
  /** True when this start moved the folder into a database. */
  readonly isMigrated: boolean;
  /** One line for who started it. */
  readonly line: string;
}

function unfit(folder: string, { outcome, findings }: MigrateReport): StorageError {
  const command = `cutover plan ${folder}`;
  const why =
    outcome === "dirty"
      ? `${formatCount(findings.count)} records or files cannot be taken over`
      : "the copy did not equal the files";
  return new StorageError(
    "STAGE_REFUSED",
    `${folder} was not migrated: ${why}; nothing was changed. To see what: ${command}`,
    { operation: "migrate", nextCommand: command },
  );
}

async function recordedBackend(folder: string): Promise<string | undefined> {
  return (await loadProject(folder, { mayBeNew: true })).record?.backend;
}

function migratedLine(report: MigrateReport): string {
  const records = report.collections.reduce((sum, collection) => sum + collection.records, 0);
  return `migrated ${formatCount(records)} records into ${report.database}; the JSON files are untouched`;
}

/**
 * Moves a folder into a database on its first start. A folder that was migrated is left alone, and
 * so is one that somebody rolled back: that was a decision. Killed at any point, the JSON files
 * are in charge or the database is, whole, and the next start goes on.
 *
 * @throws StorageError STAGE_REFUSED with `nextCommand` when the files hold what cannot be taken
 *   over; LOCK_TIMEOUT, VERSION_CONFLICT, IO_FAILED; rethrows the signal's reason. Nothing has
 *   changed then
 */
export async function migrateAtStart(folder: string, signal?: AbortSignal): Promise<StartReport> {
  const target = await storesTarget(folder);
  const backend = await recordedBackend(target.folder);
  if (backend === "sqlite") return { isMigrated: false, line: "migrated already" };
  if (backend === "json")
    return { isMigrated: false, line: "rolled back by hand: it stays with its JSON files" };
  try {
    const report = await migrate(target, signal === undefined ? {} : { signal });
    if (report.outcome !== "migrated") throw unfit(target.folder, report);
    return { isMigrated: true, line: migratedLine(report) };
  } catch (error) {
    // Another process that was started at the same moment was first.
    const isDone =
      isStorageError(error, "STAGE_REFUSED") && (await recordedBackend(target.folder)) === "sqlite";
    if (isDone) return { isMigrated: false, line: "migrated already" };
    throw error;
  }
}
