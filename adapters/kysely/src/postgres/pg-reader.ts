import type { SqlSession } from "../driver/sql-session.ts";
import type { Row, SqlValue, Statement } from "../sql/statement.ts";
import { step, type Outcome, type PgConnections, type Step } from "./link.ts";
import { explainPostgres, isConnectionLoss } from "./postgres-error.ts";

/**
 * So often another connection is tried: those that lay idle while the server was restarted are
 * noticed by being used.
 */
const mostLost = 4;

/** Sends statements that only read, or that may be sent twice, on whatever connection is free. */
export class PgReader implements SqlSession {
  private readonly connections: PgConnections;
  private readonly location: string;

  constructor(connections: PgConnections, location: string) {
    this.connections = connections;
    this.location = location;
  }

  /** @throws StorageError CONNECTION_LOST and others */
  async send(steps: readonly Step[]): Promise<readonly Outcome[]> {
    try {
      for (let lost = 0; lost < mostLost; lost++) {
        const outcomes = await this.attempt(steps, lost === mostLost - 1);
        if (outcomes !== undefined) return outcomes;
      }
      return [];
    } catch (error) {
      throw explainPostgres(error, this.location);
    }
  }

  /** @returns undefined where the connection was lost, and another one may do */
  private async attempt(
    steps: readonly Step[],
    isLast: boolean,
  ): Promise<readonly Outcome[] | undefined> {
    const link = await this.connections.lease();
    let broken = false;
    try {
      return await link.send(steps);
    } catch (error) {
      broken = isConnectionLoss(error);
      if (!broken || isLast) throw error;
      return undefined;
    } finally {
      link.release(broken);
    }
  }

  private async one(statement: Statement, parameters: readonly SqlValue[]): Promise<Outcome> {
    const [outcome] = await this.send([step(statement, parameters)]);
    return outcome ?? { rows: [], count: 0 };
  }

  async all(statement: Statement, parameters: readonly SqlValue[]): Promise<readonly Row[]> {
    return (await this.one(statement, parameters)).rows;
  }

  async get(statement: Statement, parameters: readonly SqlValue[]): Promise<Row | undefined> {
    return (await this.one(statement, parameters)).rows[0];
  }

  async run(statement: Statement, parameters: readonly SqlValue[]): Promise<number> {
    return (await this.one(statement, parameters)).count;
  }
}
