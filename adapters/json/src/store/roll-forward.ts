import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { type CommitEntry, type CommitRecord } from "./commit-record.ts";
import { fileError } from "./file-error.ts";
import { settleAll, syncFolder } from "./folder-sync.ts";
import { type Head } from "./head.ts";
import { replaceTarget } from "./replace-target.ts";
import { type StoreContext } from "./store-context.ts";

/** Which of a commit's temp files are not in their place yet. */
export function pendingEntries(context: StoreContext, head: Head): CommitRecord["entries"] {
  if (!head.isPending) return [];
  const pending = head.record.entries.filter(
    ({ temp }) => lstatSync(context.paths.data(temp), { throwIfNoEntry: false }) !== undefined,
  );
  if (pending.length === 0) head.markApplied();
  return pending;
}

/**
 * Puts all files of a claimed commit in their places and makes that durable. Idempotent.
 * The claim itself is made durable first: a rename must never outlive its record.
 * @returns the entries that this call did not move, because their temp file was gone
 */
export async function rollForward(
  context: StoreContext,
  record: CommitRecord,
): Promise<CommitEntry[]> {
  await syncFolder(context.paths.commits);
  await context.pause("claim-synced");
  return applyEntries(context, record);
}

/**
 * The renames of a commit whose claim is durable.
 * @returns the entries that this call did not move, because their temp file was gone
 */
async function applyEntries(context: StoreContext, record: CommitRecord): Promise<CommitEntry[]> {
  const absent: CommitEntry[] = [];
  for (const entry of record.entries) {
    if (!(await replaceTarget(context, entry))) absent.push(entry);
    await context.pause("replaced-checked");
  }
  await context.pause("targets-renamed");
  const folders = foldersOf(context, record).filter((folder) => folder !== context.paths.commits);
  await settleAll(folders.map((folder) => syncFolder(folder)));
  await context.pause("targets-synced");
  return absent;
}

/** Folders that must be durable for a commit to be. */
export function foldersOf({ paths }: StoreContext, record: CommitRecord): string[] {
  const targets = record.entries.map(({ file }) => dirname(paths.data(file)));
  return [...new Set([paths.commits, ...targets])];
}

/**
 * Finishes the latest commit if its writer did not.
 * @returns false if it was in place already; it may still not be durable, and nothing may be
 *   built on what a power cut could undo: sync {@link foldersOf} before claiming another
 */
export async function finishHead(context: StoreContext, head: Head): Promise<boolean> {
  if (pendingEntries(context, head).length === 0) return false;
  try {
    await rollForward(context, head.record);
  } catch (error) {
    throw fileError("finish the claimed commit in", context.paths.root, error);
  }
  context.warn({ kind: "rolled-forward", revision: head.revision });
  return true;
}
