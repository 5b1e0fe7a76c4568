import { StorageError } from "@cutover/core";
import type { SqlSession } from "../driver/sql-session.ts";
import { statement, type SqlValue } from "../sql/statement.ts";

/** How durable commits are: `full` survives a power cut, `normal` the end of the process. */
export type Synchronous = "full" | "normal";

const levels: Readonly<Record<Synchronous, number>> = { full: 2, normal: 1 };
/** Pages in the write-ahead log before it is folded back: 32 MB, eight times SQLite's default. */
const checkpointPages = 8000;
/** Older ones can lose a commit when a write-ahead log restarts. */
const oldestVersion = [3, 51, 3] as const;

/** Reads one value, such as a pragma. */
export async function readValue(session: SqlSession, sql: string): Promise<SqlValue | undefined> {
  const row = await session.get(statement(sql), []);
  return row?.[0];
}

/** @throws StorageError CONFIG_INVALID when the SQLite library is too old */
export async function checkVersion(session: SqlSession): Promise<void> {
  const version = String(await readValue(session, "SELECT sqlite_version()"));
  const parts = version.split(".").map(Number);
  for (const [index, least] of oldestVersion.entries()) {
    const part = parts[index] ?? 0;
    if (part > least) return;
    if (part < least) {
      throw new StorageError(
        "CONFIG_INVALID",
        `SQLite ${version} has a bug that can lose commits; ${oldestVersion.join(".")} or newer is needed`,
      );
    }
  }
}

/**
 * Makes commits of a connection durable, and reads the setting back: in WAL mode some builds fall
 * back to NORMAL by themselves, which a power cut then shows.
 */
export async function setDurability(session: SqlSession, synchronous: Synchronous): Promise<void> {
  await session.all(statement("PRAGMA busy_timeout = 0"), []);
  await session.run(statement(`PRAGMA synchronous = ${synchronous.toUpperCase()}`), []);
  if (process.platform === "darwin") await session.run(statement("PRAGMA fullfsync = 1"), []);
  await session.all(statement(`PRAGMA wal_autocheckpoint = ${checkpointPages}`), []);
  const found = await readValue(session, "PRAGMA synchronous");
  if (found === levels[synchronous]) return;
  throw new StorageError(
    "CONFIG_INVALID",
    `SQLite did not accept synchronous = ${synchronous}; commits would not be durable`,
  );
}

/** Turns write-ahead logging on. In-memory databases have none, and need none. */
export async function setJournalMode(session: SqlSession): Promise<void> {
  const mode = await readValue(session, "PRAGMA journal_mode = WAL");
  if (mode === "wal" || mode === "memory") return;
  throw new StorageError(
    "CONFIG_INVALID",
    `SQLite keeps journal_mode = ${String(mode)}; the store needs WAL, which network drives lack`,
  );
}
