export type { AnyKysely, KyselyExecutor } from "../driver/any-kysely.ts";
export {
  loadSqlite,
  type LoadedCollection,
  type LoaderWork,
  type LoadSqliteOptions,
  type SqliteLoader,
} from "./load-sqlite.ts";
export type { Synchronous } from "./pragmas.ts";
export { restoreSqlite, type RestoredSqlite, type RestoreSqliteOptions } from "./restore-sqlite.ts";
export { sqliteBackend, type SqliteCommonOptions, type SqliteOptions } from "./sqlite-backend.ts";
