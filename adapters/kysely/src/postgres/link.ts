import type { Row, SqlValue, Statement } from "../sql/statement.ts";

/** Rows for a `COPY … FROM STDIN`. */
export interface Copying {
  readonly statement: Statement;
  /** Asked for when they are sent. */
  readonly lines: () => string;
}

/** One statement with its parameters. */
export interface Step {
  readonly statement: Statement;
  /** Read once, when it is sent. */
  readonly parameters: readonly SqlValue[];
  /** A quicker way to the same end, for connections that can take it. */
  readonly copy?: Copying;
  /** It will not be sent again, and is not worth being kept prepared. */
  readonly once?: boolean;
}

/** What a statement gave. */
export interface Outcome {
  readonly rows: readonly Row[];
  /** Rows found, inserted, changed or deleted. */
  readonly count: number;
}

/** A connection that is nobody else's until it is released. */
export interface PgLink {
  /**
   * Runs statements one after another, in one round trip where the connection allows that. The first
   * that fails ends them. Outside a transaction all of them take effect together, or none.
   *
   * @throws the server's own error, or the connection's
   */
  send(steps: readonly Step[]): Promise<readonly Outcome[]>;
  /** Gives the connection back, or ends it where nobody may use it any more. */
  release(broken: boolean): void;
}

/** How the adapter reaches its server. */
export interface PgConnections {
  /** Names server and database, and no password; undefined where that is not known. */
  readonly location: string | undefined;
  /** @throws the server's own error, or the connection's */
  lease(): Promise<PgLink>;
  /** Closes what was opened here, and nothing that was handed in. */
  close(): Promise<void>;
}

/** A step of a statement. */
export function step(statement: Statement, parameters: readonly SqlValue[] = []): Step {
  return { statement, parameters };
}
