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
  const folders = new Set(record.entries.map(({ file }) => dirname(context.paths.data(file))));
  await settleAll([...folders].map((folder) => syncFolder(folder)));
  await context.pause("targets-synced");
  return absent;
}

/**
 * Finishes the latest commit if its writer did not, and waits for its durability in any case:
 * nothing may be built on a commit that a power cut could still undo.
 */
export async function finishHead(context: StoreContext, head: Head): Promise<void> {
  const pending = pendingEntries(context, head);
  try {
    await rollForward(context, head.record);
  } catch (error) {
    throw fileError("finish the claimed commit in", context.paths.root, error);
  }
  if (pending.length === 0) return;
  context.warn({ kind: "rolled-forward", revision: head.revision });
}
