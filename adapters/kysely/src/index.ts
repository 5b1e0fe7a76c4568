export type { Dialect } from "./sql/dialect.ts";
export type { SqlSession } from "./driver/sql-session.ts";
export type { OpenTransaction, SqlStore } from "./driver/sql-store.ts";
export type { Row, SqlValue, Statement } from "./sql/statement.ts";
