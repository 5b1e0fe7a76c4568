import { StorageError } from "@cutover/core";
import type { Statement } from "../sql/statement.ts";
import type { ConnectionSource, OpenedClient } from "./connection-source.ts";
import { explainPostgres, postgresCode } from "./control-error.ts";

/** Cells of a row as the driver hands them out. */
export type PostgresRow = readonly unknown[];

/** What every connection is set to. A host that vanished is noticed by the server within a minute. */
const settings: readonly string[] = [
  "statement_timeout = 0",
  "lock_timeout = 0",
  "idle_in_transaction_session_timeout = 0",
  "default_transaction_isolation = 'read committed'",
  "tcp_keepalives_idle = 30",
  "tcp_keepalives_interval = 10",
  "tcp_keepalives_count = 3",
  "application_name = 'cutover control'",
];
/** Settings that not every server, or the server of every system, has. */
const whereKnown: readonly string[] = [
  "idle_session_timeout = 0",
  // One that waits for a lock is to notice, too, that its process died.
  "client_connection_check_interval = 100",
];
const commits = {
  // A server's own choice of a stricter level is left alone.
  durable: `SELECT set_config('synchronous_commit', 'on', false)
            WHERE current_setting('synchronous_commit') = 'off'`,
  quick: "SET synchronous_commit = off",
} as const;

/** What a connection's commits survive: the server's power cut, or only the end of this process. */
export type CommitKind = keyof typeof commits;

/** A server is told from any other, and from itself before a restart, by when it was started. */
const introduce = "SELECT pg_backend_pid(), pg_postmaster_start_time()::text, pg_is_in_recovery()";
let lastName = 0;
const names = new WeakMap<Statement, string>();

/** One statement keeps one name, so that the server prepares it once for each connection. */
function nameOf(statement: Statement): string {
  let name = names.get(statement);
  if (name === undefined) {
    name = `cutover_control_${++lastName}`;
    names.set(statement, name);
  }
  return name;
}

/** One connection. What is locked on it ends with it, on the server and here. */
export class ControlConnection {
  readonly location: string;
  /** The server's number for it. */
  readonly pid: number;
  /** Which server it leads to. */
  readonly server: string;
  private readonly opened: OpenedClient;
  private readonly dependants = new Set<() => void>();
  private last: Promise<void> = Promise.resolve();
  private alive = true;
  private ending: Promise<void> | undefined;

  private constructor(
    opened: OpenedClient,
    location: string,
    { pid, server }: { readonly pid: number; readonly server: string },
  ) {
    this.opened = opened;
    this.location = location;
    this.pid = pid;
    this.server = server;
    for (const event of ["error", "end"] as const) opened.client.on(event, () => this.lose());
  }

  /** @throws StorageError CONNECTION_LOST, CONFIG_INVALID */
  static async open(
    source: ConnectionSource,
    kind: CommitKind,
    location: string,
  ): Promise<ControlConnection> {
    let opened: OpenedClient | undefined;
    try {
      opened = await source.open();
      const { client } = opened;
      await client.query(settings.map((setting) => `SET ${setting}`).join("; "));
      for (const setting of whereKnown) await client.query(`SET ${setting}`).catch(() => undefined);
      await client.query(commits[kind]);
      const { rows } = await client.query<unknown[]>({ text: introduce, rowMode: "array" });
      const [[pid, server, isStandby] = []] = rows;
      if (isStandby === true) throw onlyReads(location);
      return new ControlConnection(opened, location, { pid: Number(pid), server: String(server) });
    } catch (error) {
      await opened?.end().catch(() => undefined);
      throw explainPostgres(error, location);
    }
  }

  get isAlive(): boolean {
    return this.alive;
  }

  /** Calls back when the connection is lost; at once where it is. @returns what takes that back */
  onLost(callback: () => void): () => void {
    if (this.alive) this.dependants.add(callback);
    else callback();
    return () => this.dependants.delete(callback);
  }

  private lose(): void {
    this.alive = false;
    const dependants = [...this.dependants];
    this.dependants.clear();
    for (const callback of dependants) callback();
  }

  /** @throws StorageError; CONNECTION_LOST when it is not known what became of the statement */
  all(statement: Statement, values: readonly unknown[]): Promise<readonly PostgresRow[]> {
    return this.inTurn(async () => {
      const query = { name: nameOf(statement), text: statement.sql, values: [...values] };
      const { rows } = await this.opened.client.query<unknown[]>({ ...query, rowMode: "array" });
      return rows;
    });
  }

  /** Runs statements without parameters, all in one message. */
  async script(sql: string): Promise<void> {
    await this.inTurn(() => this.opened.client.query(sql));
  }

  /** The driver takes one statement at a time. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(() => this.explained(work));
    this.last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  private async explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const explained = explainPostgres(error, this.location);
      // The server says so before it hangs up, and what was locked is gone already.
      if (explained.code === "CONNECTION_LOST" && postgresCode(error) !== "53300") this.lose();
      throw explained;
    }
  }

  /** Gives it up at once, as if it had been lost. */
  async abandon(): Promise<void> {
    this.lose();
    await this.end();
  }

  /** Ends it when what was begun on it has ended. Never throws. */
  end(): Promise<void> {
    this.ending ??= this.endOnce();
    return this.ending;
  }

  private async endOnce(): Promise<void> {
    await this.last;
    this.alive = false;
    await this.opened.end().catch(() => undefined);
  }
}

/** It may lag behind: what it says of the stage could be long past. */
function onlyReads(location: string): StorageError {
  return new StorageError(
    "CONNECTION_LOST",
    `${location}: the server is a standby, or was made one; connect to the primary`,
  );
}
