export { sqliteControl, type SqliteControlOptions } from "./sqlite-control.ts";
