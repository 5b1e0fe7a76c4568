import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { kindOf } from "./stores/all-kinds.ts";
import { modelEntries, models } from "./stores/models.ts";
import { openSqlite } from "./stores/ours.ts";

/** How often a program told the disk to keep what it had written. */
export interface SyncCount {
  readonly commits: number;
  /** Calls of fsync and fdatasync while the commits ran. */
  readonly syncs: number;
}

const commits = 50;

function programPath(): string {
  return fileURLToPath(new URL("programs/put-durably.ts", import.meta.url));
}

/** Lines of a trace between the two marks that the program leaves: calls that its puts made. */
function syncsIn(trace: string): number {
  const from = trace.indexOf("cutover-bench-begin");
  const to = trace.indexOf("cutover-bench-end");
  if (from < 0 || to < from) throw new Error("the trace does not show where the puts were");
  return [...trace.slice(from, to).matchAll(/\b(?:fsync|fdatasync)\(/g)].length;
}

/**
 * Counts the calls that make data durable while a process puts one record after another into a
 * store of this kind, with strace.
 *
 * @returns undefined where strace is missing or not allowed: then it is not counted
 */
export function countSyncs(store: string, folder: string): SyncCount | undefined {
  const trace = join(folder, `${store}.trace`);
  const traceOptions = ["-f", "-qq", "-e", "trace=fsync,fdatasync,access", "-o"];
  const program = ["--conditions=@cutover/source", programPath()];
  const traced = spawnSync(
    "strace",
    [
      ...traceOptions,
      trace,
      process.execPath,
      ...program,
      store,
      join(folder, store),
      `${commits}`,
    ],
    { encoding: "utf8" },
  );
  if (traced.error !== undefined || traced.status !== 0) return undefined;
  return { commits, syncs: syncsIn(readFileSync(trace, "utf8")) };
}

/** How the database that our backend made is set up, read back from a connection of our own making. */
async function pragmasRead(folder: string): Promise<string> {
  const path = join(folder, "pragmas.db");
  const backend = await openSqlite(path);
  try {
    await backend.collection(models).replaceAll(modelEntries(1));
    const database = new Database(path, { readonly: true });
    try {
      // `synchronous` belongs to a connection, not to the file. Ours reads its own back and does not
      // open unless it is FULL; what it comes to shows in the syncs counted.
      const mode = String(database.pragma("journal_mode", { simple: true }));
      return `journal mode ${mode} in our file; synchronous = FULL was read back from each connection of the floor, and by ours from its own`;
    } finally {
      database.close();
    }
  } finally {
    await backend[Symbol.asyncDispose]();
  }
}

function syncNote(store: string, count: SyncCount | undefined): string {
  if (count === undefined) {
    return `${store}: syncs of the disk not counted (strace is missing, not allowed, or failed)`;
  }
  return `${store}: ${count.syncs} fsync or fdatasync calls for ${count.commits} durable puts, one after another`;
}

/** What was durable in this run, as far as it can be seen from outside. */
export async function durabilityNotes(folder: string): Promise<string[]> {
  const notes: string[] = [];
  try {
    notes.push(`sqlite: ${await pragmasRead(folder)}`);
  } catch (error) {
    notes.push(`sqlite: pragmas not read: ${String(error)}`);
  }
  for (const store of ["raw", "ours-sqlite", "ours-json"]) {
    notes.push(syncNote(kindOf(store).name, countSyncs(store, folder)));
  }
  return notes;
}
