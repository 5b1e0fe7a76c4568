import { chosenBackend, type MigrationRecord } from "../state/migration-record.ts";
import { readRecord } from "../state/record-file.ts";
import { removeBases } from "./base-copy.ts";
import { checkFilesRestored } from "./file-restore.ts";
import { type Intent, readIntent, removeIntent } from "./intent.ts";
import { removeLeftovers, undoPlacedDatabase } from "./leftovers.ts";
import type { MigrationTarget } from "./migration-target.ts";
import { databaseCompanions, identityAt, moveDurably } from "./place-file.ts";

/** Where things stand once the traces of dead commands are gone. */
export interface Recovered {
  readonly record: MigrationRecord | undefined;
  /** Of a rollback that died before it switched: its files may already lie in place. */
  readonly intent: (Intent & { readonly kind: "rollback" }) | undefined;
  /** What was removed or finished, in words. */
  readonly notes: readonly string[];
}

/** Name under which a database is kept that is no longer in charge. */
export function asidePath(databasePath: string, epoch: number): string {
  return `${databasePath}.rolled-back-${epoch}`;
}

/** Puts a database aside that the record has just dismissed; it is never deleted. */
export async function putAside(databasePath: string, epoch: number): Promise<string | undefined> {
  if ((await identityAt(databasePath)) === undefined) return undefined;
  const aside = asidePath(databasePath, epoch);
  for (const suffix of databaseCompanions) {
    const isThere = (await identityAt(databasePath + suffix)) !== undefined;
    if (isThere) await moveDurably(databasePath + suffix, aside + suffix);
  }
  await moveDurably(databasePath, aside);
  return aside;
}

async function finishRollback(target: MigrationTarget, record: MigrationRecord): Promise<string[]> {
  const aside = await putAside(target.databasePath, record.epoch);
  await removeBases(target.folder, undefined);
  await removeIntent(target.folder);
  const kept = aside === undefined ? "" : `; the database is kept as ${aside}`;
  return [`finished a rollback that had died after it switched${kept}`];
}

/** What is about to be done. */
export interface RecoverOptions {
  /** All files are about to be replaced, whatever they are. Default: false. */
  readonly restores?: boolean;
}

/**
 * Clears up after commands that died: finishes what the record has decided, undoes what it has
 * not. Call under the migration lock.
 *
 * @throws StorageError STAGE_REFUSED after a restore of JSON files that died, unless `restores`
 */
export async function recover(
  target: MigrationTarget,
  { restores = false }: RecoverOptions = {},
): Promise<Recovered> {
  if (!restores) await checkFilesRestored(target.folder);
  const record = await readRecord(target.folder);
  const intent = await readIntent(target.folder);
  const removed = await removeLeftovers(target);
  const notes = removed.map((path) => `removed ${path}, which a command that died had left`);
  if (intent === undefined) return { record, intent, notes };
  const isDatabaseInCharge = chosenBackend(record) === "sqlite";
  if (intent.kind === "migrate") {
    if (isDatabaseInCharge) await removeIntent(target.folder);
    else await undoPlacedDatabase(target, intent);
    return { record, intent: undefined, notes };
  }
  if (isDatabaseInCharge && record?.epoch === intent.epoch) return { record, intent, notes };
  if (record !== undefined && chosenBackend(record) === "json") {
    notes.push(...(await finishRollback(target, record)));
  } else {
    await removeIntent(target.folder);
  }
  return { record, intent: undefined, notes };
}
