import { stat } from "node:fs/promises";
import { withMigrationLock } from "../state/migration-lock.ts";
import { wholeBackend } from "../state/whole-backend.ts";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import { withQuietJson } from "./json-store.ts";
import type { MigrationTarget } from "./migration-target.ts";
import { originalGroups } from "./original-group.ts";
import { identityAt } from "./place-file.ts";
import { recover } from "./recover.ts";
import { refusal } from "./refusal.ts";
import type { MigrateOptions } from "./migrate-options.ts";
import type { MigrateReport } from "./migrate-report.ts";
import { type Held, MigrationRun, taken } from "./migration-run.ts";
import { shellWord } from "../output/shell-word.ts";

async function totalBytes({ folder, collections }: MigrationTarget): Promise<number> {
  let total = 0;
  for (const { path, collections: inFile } of originalGroups(folder, collections)) {
    try {
      total += (await stat(path)).size * inFile.length;
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw fileFailure("look at", path, error);
    }
  }
  return total;
}

async function begin(
  target: MigrationTarget,
  options: MigrateOptions,
  held: Held,
): Promise<MigrateReport> {
  await options.atPoint?.("locked");
  const { record, notes } = await recover(target);
  if (wholeBackend(target.folder, record) === "sqlite") {
    throw refusal(
      `${target.folder} is migrated already: the database is in charge since epoch ${record?.epoch}`,
      `cutover status ${shellWord(target.folder)}`,
    );
  }
  if ((await identityAt(target.databasePath)) !== undefined) throw taken(target);
  const sizeBytes = await totalBytes(target);
  return new MigrationRun(target, options, { ...held, record, notes, sizeBytes }).run();
}

/**
 * Moves a data folder from its JSON files to a database: copies every record into a new database,
 * compares both sides record by record, proves that nobody changed the files meanwhile, and writes
 * the record that puts the database in charge. The files are never modified. Killed at any point,
 * the files are still in charge, or the database is, whole; running it again is always right.
 *
 * @throws StorageError LOCK_TIMEOUT (writers or another operator), VERSION_CONFLICT (a file changed
 *   meanwhile), STAGE_REFUSED (migrated already, or the database's place is taken), IO_FAILED,
 *   DISK_FULL; rethrows the signal's reason. Nothing has changed then.
 */
export async function migrate(
  target: MigrationTarget,
  options: MigrateOptions = {},
): Promise<MigrateReport> {
  const { signal, lockTimeoutMs: timeoutMs } = options;
  return withMigrationLock(
    target.folder,
    (turn) =>
      withQuietJson(target.folder, (alert) => begin(target, options, { turn, alert }), {
        signal,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      }),
    signal === undefined ? {} : { signal },
  );
}
