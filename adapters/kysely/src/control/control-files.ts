import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { StorageError } from "@cutover/core";
import { statement } from "../sql/statement.ts";
import { createPrivateFile, openDatabase } from "../sqlite/file-connections.ts";
import { NativeSession } from "../sqlite/native-session.ts";
import { checkVersion, setDurability, setJournalMode } from "../sqlite/pragmas.ts";
import { checkControlSchema, createControlSchema } from "./control-schema.ts";
import { checkWrites, transactNow, whenFree } from "./transact.ts";

/** Where the parts of a control store lie. */
export interface ControlPlaces {
  readonly database: string;
  readonly locks: string;
  readonly generation: string;
}

/** The connections of an open control store. */
export interface ControlSessions {
  /** Its commits survive a power cut. */
  readonly durable: NativeSession;
  /** Its commits survive the end of the process, and do not wait for the disk. */
  readonly quick: NativeSession;
}

/**
 * Pages in the write-ahead log before it is folded back, 4 and 16 MB. That waits for the disk, so
 * the connection that waits anyway should be the one to do it; the other one only keeps the log
 * from growing without end while nobody writes durably.
 */
const checkpointPages = { full: 1000, normal: 4000 } as const;
const checkpoints = {
  full: statement(`PRAGMA wal_autocheckpoint = ${checkpointPages.full}`),
  normal: statement(`PRAGMA wal_autocheckpoint = ${checkpointPages.normal}`),
} as const;
/** A log that has grown longer is cut when it is begun anew. */
const limitLog = statement(`PRAGMA journal_size_limit = ${16 * 1024 * 1024}`);

/** The lock files and the generation lie beside the database. */
export function placesFor(path: string): ControlPlaces {
  const database = resolve(path);
  const stem = database.endsWith(".db") ? database.slice(0, -".db".length) : database;
  return { database, locks: `${stem}.locks`, generation: `${stem}.generation` };
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const message = `${path}: the folder cannot be created; look at the folder above`;
    throw new StorageError("IO_FAILED", message, { cause });
  }
}

async function makeDurable(session: NativeSession, level: "full" | "normal"): Promise<void> {
  await whenFree(async () => {
    await setDurability(session, level);
    session.all(checkpoints[level], []);
    session.all(limitLog, []);
  });
}

async function prepare(places: ControlPlaces, { durable, quick }: ControlSessions): Promise<void> {
  const { database } = places;
  // Whoever opens it at the same time may be in the way at every single step.
  const made = await whenFree(async () => {
    await checkVersion(durable);
    return checkControlSchema(durable, database);
  });
  makeFolder(places.locks);
  for (const session of [durable, quick]) await whenFree(() => setJournalMode(session));
  await makeDurable(durable, "full");
  await makeDurable(quick, "normal");
  for (const session of [durable, quick]) await whenFree(() => checkWrites(session));
  if (made) return;
  await whenFree(() =>
    transactNow(durable, () => {
      if (!checkControlSchema(durable, database)) createControlSchema(durable);
    }),
  );
  const { syncFolder } = await import("../driver/backup-file.ts");
  syncFolder(dirname(database));
  syncFolder(dirname(dirname(database)));
}

/**
 * Opens the database, making it where it is missing.
 *
 * @throws StorageError CONFIG_INVALID, FORMAT_TOO_NEW, CORRUPT_DATA, IO_FAILED
 */
export async function openControlFiles(places: ControlPlaces): Promise<ControlSessions> {
  const { database } = places;
  makeFolder(dirname(database));
  createPrivateFile(database);
  const durable = new NativeSession(await openDatabase(database), database);
  try {
    const quick = new NativeSession(await openDatabase(database), database);
    const sessions = { durable, quick };
    try {
      await prepare(places, sessions);
      return sessions;
    } catch (error) {
      quick.database.close();
      throw error;
    }
  } catch (error) {
    durable.database.close();
    throw error;
  }
}

/** Bytes of the database and its log, by looking only: opening would cost SQLite its locks. */
export function bytesOf({ database }: ControlPlaces): number {
  const files = [database, `${database}-wal`];
  const sizes = files.map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}
