import { createRequire } from "node:module";

/** As much of a better-sqlite3 connection as is used here. */
export interface RawDatabase {
  readonly open: boolean;
  readonly inTransaction: boolean;
  exec(sql: string): unknown;
  pragma(text: string, options: { readonly simple: true }): unknown;
  prepare(sql: string): { pluck(on: boolean): { all(): unknown[] } };
  close(): unknown;
}

interface Driver {
  new (
    path: string,
    options: { fileMustExist: true; timeout: number; readonly: boolean },
  ): RawDatabase;
}

/**
 * A connection beside the adapter's own, for locks that outlast its transactions. It is the same
 * SQLite library, so that closing one does not drop the locks of the other. Never waits.
 */
export function openRawDatabase(
  path: string,
  { readonly = false }: { readonly readonly?: boolean } = {},
): RawDatabase {
  const load: (name: string) => Driver = createRequire(import.meta.url);
  // Loaded late, and without its types, which only the adapter depends on.
  const SqliteDatabase = load("better-sqlite3");
  return new SqliteDatabase(path, { fileMustExist: true, timeout: 0, readonly });
}

/** True when SQLite gave up because of somebody else's lock. */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") {
    return false;
  }
  return error.code.startsWith("SQLITE_BUSY") || error.code.startsWith("SQLITE_LOCKED");
}
