import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { StorageError } from "@cutover/core";
import { type AcquireOptions, type FileLock, type HeldLock } from "./file-lock.ts";
import { codeOf } from "../store/file-error.ts";
import { HolderWatch, leaveBehind } from "./holder-watch.ts";
import { loadUnheard } from "./load-unheard.ts";
import { LockDirectory } from "./lock-directory.ts";
import { enterRoom, leaveRoom, type WaitingRoom } from "./waiting-room.ts";

/** What {@link properLock} may be told. */
export interface ProperLockOptions {
  /**
   * Age in milliseconds at which a lock whose holder cannot be judged (another host, another
   * container) is taken over; default 5000, at least 2000. A holder known to be dead is replaced
   * at once, one that died before it could leave its name after 300 ms.
   */
  readonly staleMs?: number;
}

/** Longest pause between two attempts; short and random, so that nobody starves. */
const longestPauseMs = 4;
/** Who has waited for longer than this many attempts, about 60 ms, looks more often than others. */
const patientAttempts = 20;
/**
 * An attempt costs a hundred times what it costs to see that the lock is there, and reading who
 * holds it even more: the first and every n-th do that.
 */
const attemptsPerLook = 4;

/**
 * A lock directory at `path`, kept by proper-lockfile. Its folder must exist.
 * The process is never ended by a compromised lock; the lock says so in `compromised`.
 */
export function properLock(path: string, options: ProperLockOptions = {}): FileLock {
  const staleMs = Math.max(options.staleMs ?? 5000, 2000);
  return { acquire: (wanted) => acquire(path, staleMs, wanted) };
}

async function acquire(path: string, staleMs: number, wanted: AcquireOptions): Promise<HeldLock> {
  const deadline = performance.now() + wanted.timeoutMs;
  const room = enterRoom(path);
  try {
    const { timeoutMs, signal } = wanted;
    const endTurn = await room.turns.take({ timeoutMs, signal });
    try {
      return leavingRoom(path, room, await keepTrying({ path, staleMs, deadline, room, wanted }));
    } finally {
      endTurn();
    }
  } catch (error) {
    leaveRoom(path, room);
    throw error;
  }
}

interface Trying {
  readonly path: string;
  readonly staleMs: number;
  readonly deadline: number;
  readonly room: WaitingRoom;
  readonly wanted: AcquireOptions;
}

async function keepTrying({ path, staleMs, deadline, room, wanted }: Trying): Promise<HeldLock> {
  const watch = new HolderWatch(path);
  for (let attempt = 0; ; attempt += 1) {
    wanted.signal?.throwIfAborted();
    const looks = attempt % attemptsPerLook === 0;
    if (looks || !isThere(path)) {
      const held = await attemptLock(path, staleMs);
      if (held !== undefined) return held;
      if (looks && watch.evicted()) continue;
    }
    const remainingMs = deadline - performance.now();
    if (remainingMs <= 0) throw timedOut(path, wanted.timeoutMs);
    await room.pause(Math.min(remainingMs, pauseBefore(attempt)), wanted.signal);
  }
}

/** The next one of this process tries as soon as this one has given the lock back. */
function leavingRoom(path: string, room: WaitingRoom, held: HeldLock): HeldLock {
  let isOut = false;
  return {
    get compromised(): boolean {
      return held.compromised;
    },
    release: async () => {
      try {
        await held.release();
      } finally {
        if (!isOut) {
          isOut = true;
          room.freed();
          leaveRoom(path, room);
        }
      }
    },
  };
}

let loading: Promise<typeof import("proper-lockfile")> | undefined;

/** Loaded late: it brings three packages along, and a reader never locks. */
function lockfile(): Promise<typeof import("proper-lockfile")> {
  loading ??= loadUnheard(() => import("proper-lockfile"));
  return loading;
}

async function attemptLock(path: string, staleMs: number): Promise<HeldLock | undefined> {
  const { lock } = await lockfile();
  const directory = new LockDirectory();
  let lost = false;
  try {
    // Its table of locks is keyed by this name: one per attempt, or a late release would end
    // the lock that a second store in this process holds by now.
    const release = await lock(`${path}#${randomUUID()}`, {
      lockfilePath: path,
      realpath: false,
      retries: 0,
      stale: staleMs,
      update: 1000,
      fs: directory.fs,
      onCompromised: () => {
        lost = true;
      },
    });
    return heldLock({ path, directory, release, isLost: () => lost });
  } catch (error) {
    if (isErrno(error, "ELOCKED") || isErrno(error, "ENOENT")) return rejected(error, path);
    throw cannotLock(path, error);
  }
}

/** ENOENT is a race for the lock unless the folder itself is gone. */
function rejected(error: unknown, path: string): undefined {
  if (isErrno(error, "ENOENT") && error.syscall === "mkdir") throw cannotLock(path, error);
  return undefined;
}

interface HeldParts {
  readonly path: string;
  readonly directory: LockDirectory;
  readonly release: () => Promise<void>;
  readonly isLost: () => boolean;
}

function heldLock({ path, directory, release, isLost }: HeldParts): HeldLock {
  let released = false;
  return {
    get compromised(): boolean {
      return isLost() || (!released && !directory.isOurs(path));
    },
    release: async () => {
      if (released) return;
      released = true;
      // A compromised lock is released already, as proper-lockfile sees it.
      if (isLost()) return;
      try {
        await release();
      } catch {
        // Nobody keeps it fresh any more: others take it over by its age, this process at once.
        if (directory.lockId !== undefined) leaveBehind(directory.lockId);
      }
    },
  };
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // An attempt tells what is wrong.
    return false;
  }
}

function pauseBefore(attempt: number): number {
  if (attempt > patientAttempts) return 1;
  return 1 + Math.random() * Math.min(2 ** attempt, longestPauseMs);
}

function isErrno(error: unknown, code: string): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && error.code === code;
}

function timedOut(path: string, timeoutMs: number): StorageError {
  return new StorageError(
    "LOCK_TIMEOUT",
    `other writers held ${path} for ${timeoutMs} ms; nothing was changed, try again or raise lockTimeoutMs`,
    { backend: "json", operation: "lock" },
  );
}

function cannotLock(path: string, cause: unknown): StorageError {
  return new StorageError(
    codeOf(cause),
    `cannot make the lock ${path}; check that its folder exists and can be written`,
    { backend: "json", operation: "lock", cause },
  );
}
