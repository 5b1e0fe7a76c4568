import type { ExecutedStatement } from "../driver/any-kysely.ts";
import type { SqlSession } from "../driver/sql-session.ts";
import type { Row, SqlValue, Statement } from "../sql/statement.ts";
import { explainSqlite } from "./sqlite-error.ts";

/** What Kysely is told to execute: SQL text with its parameters. */
export interface CompiledStatement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** Executes one statement on a Kysely instance or one of its connections. */
export type Execute = (statement: CompiledStatement) => Promise<ExecutedStatement>;

function cells(row: unknown): Row {
  // Kysely hands out objects whose members are the selected columns, in their order.
  const values: SqlValue[] = typeof row === "object" && row !== null ? Object.values(row) : [];
  return values;
}

/** A session that goes through Kysely's executor, and so through whatever driver lies below. */
export class KyselySession implements SqlSession {
  private readonly execute: Execute;

  constructor(execute: Execute) {
    this.execute = execute;
  }

  private async attempt(
    statement: Statement,
    parameters: readonly SqlValue[],
  ): Promise<ExecutedStatement> {
    try {
      return await this.execute({ sql: statement.sql, parameters });
    } catch (error) {
      throw explainSqlite(error, "the database handed in");
    }
  }

  async all(statement: Statement, parameters: readonly SqlValue[]): Promise<readonly Row[]> {
    const { rows } = await this.attempt(statement, parameters);
    return rows.map(cells);
  }

  async get(statement: Statement, parameters: readonly SqlValue[]): Promise<Row | undefined> {
    const { rows } = await this.attempt(statement, parameters);
    return rows.length === 0 ? undefined : cells(rows[0]);
  }

  async run(statement: Statement, parameters: readonly SqlValue[]): Promise<number> {
    const { numAffectedRows } = await this.attempt(statement, parameters);
    return Number(numAffectedRows ?? 0n);
  }
}
