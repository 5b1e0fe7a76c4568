import { readFileSync, writeFileSync } from "node:fs";
import {
  currentProcess,
  formatIdentity,
  livenessOf,
  parseIdentity,
  type Liveness,
} from "./process-identity.ts";

/**
 * Who holds a lock, in a file beside it: nothing may lie inside the directory, or its removal
 * would fail. The note counts only for the incarnation it names, so an old one does no harm.
 */
export function writeHolder(lockPath: string, lockId: string): void {
  const text = `${lockId} ${formatIdentity(currentProcess())}\n`;
  writeFileSync(`${lockPath}.holder`, text, { mode: 0o600 });
}

/** Whether the process that made this incarnation of the lock still runs. */
export function holderLiveness(lockPath: string, lockId: string): Liveness {
  const [notedId, owner = ""] = readHolder(lockPath).split(" ");
  if (notedId !== lockId) return "unknown";
  const identity = parseIdentity(owner);
  return identity === undefined ? "unknown" : livenessOf(identity);
}

function readHolder(lockPath: string): string {
  try {
    return readFileSync(`${lockPath}.holder`, "latin1").trim();
  } catch {
    // Missing, or just being written: then the lock's age decides.
    return "";
  }
}
