import { mkdtempSync, readdirSync, chmodSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopServer } from "./server-process.ts";

/** Names the folder of the servers of one run, for every process of it. */
const runVariable = "CUTOVER_TEST_POSTGRES_RUN";
const prefix = "cutover-postgres-";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Stops the servers of a run and removes its folder. Whatever belongs to others is left alone. */
function endRun(folder: string): void {
  try {
    for (const name of readdirSync(folder)) stopServer(join(folder, name));
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${folder}: a Postgres of earlier tests was left as it is: ${reason}\n`);
  }
}

/** A run that was killed could not stop its servers. */
function endDeadRuns(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || (pid !== process.pid && isAlive(pid))) continue;
    endRun(join(tmpdir(), name));
  }
}

/**
 * Where the servers of this run lie. Whoever asks first makes it and owns it: they end with that
 * process, and its children share them.
 */
export function runFolder(): string {
  const known = process.env[runVariable];
  if (known !== undefined) return known;
  endDeadRuns();
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  // A server that runs as somebody else has to find its own folder in here.
  chmodSync(folder, 0o711);
  process.env[runVariable] = folder;
  process.once("exit", leaveRun);
  return folder;
}

/** Stops the servers of this run. To be called by its owner only. */
export function leaveRun(): void {
  const folder = process.env[runVariable];
  if (folder === undefined) return;
  delete process.env[runVariable];
  endRun(folder);
}
