export type { AnyKysely } from "./handed-kysely.ts";
export type { Synchronous } from "./pragmas.ts";
export { sqliteBackend, type SqliteCommonOptions, type SqliteOptions } from "./sqlite-backend.ts";
