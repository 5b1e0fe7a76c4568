import { closeSync, constants, openSync, readFileSync, writeSync } from "node:fs";
import {
  currentProcess,
  formatIdentity,
  livenessOf,
  parseIdentity,
  type Liveness,
} from "./process-identity.ts";

/** Every note has this length, so that a shorter one leaves no rest of a longer one. */
const noteBytes = 160;

/**
 * Who holds a lock, in a file beside it: nothing may lie inside the directory, or its removal
 * would fail. The note counts only for the incarnation it names, so an old one does no harm.
 */
export function writeHolder(lockPath: string, lockId: string): void {
  const text = `${lockId} ${formatIdentity(currentProcess())}`.padEnd(noteBytes);
  // Overwritten in place: ext4 answers truncating and closing with a flush to disk.
  const fd = openSync(`${lockPath}.holder`, constants.O_WRONLY | constants.O_CREAT, 0o600);
  try {
    writeSync(fd, text, 0);
  } finally {
    closeSync(fd);
  }
}

/** `unnoted`: whoever made this incarnation has not left its note, and normally does at once. */
export type HolderState = Liveness | "unnoted";

/** Whether the process that made this incarnation of the lock still runs. */
export function stateOfHolder(lockPath: string, lockId: string): HolderState {
  const [notedId, owner = ""] = readHolder(lockPath).split(" ");
  if (notedId !== lockId) return "unnoted";
  const identity = parseIdentity(owner);
  return identity === undefined ? "unknown" : livenessOf(identity);
}

function readHolder(lockPath: string): string {
  try {
    return readFileSync(`${lockPath}.holder`, "latin1").trim();
  } catch {
    // Missing: then time decides.
    return "";
  }
}
