import { StorageError } from "@cutover/core";
import type { SqlSession } from "../driver/sql-session.ts";
import { statement, type Row, type SqlValue, type Statement } from "../sql/statement.ts";
import { step, type Outcome, type PgLink, type Step } from "./link.ts";
import { explainPostgres, isConnectionLoss } from "./postgres-error.ts";

const begin = statement("BEGIN");
const savepoint = statement("SAVEPOINT attempt");
const release = statement("RELEASE SAVEPOINT attempt");
const rollbackTo = statement("ROLLBACK TO SAVEPOINT attempt");

/** The connection was lost while it lay idle: another one will do. */
function staleConnection(cause: unknown, location: string): StorageError {
  const what = "the connection was lost before the transaction began";
  return new StorageError("LOCK_LOST", `${location}: ${what}`, { cause });
}

/**
 * The statements of one transaction. What has no answer to wait for, such as its beginning, goes
 * out together with the next statement that has.
 */
export class PgSession implements SqlSession {
  /** The connection is gone. */
  lost = false;
  /** What the last statement that failed met with. */
  failure: unknown;
  /** Anything was sent, so that there is something to end. */
  begun = false;
  /** Told of the next thing that is sent, and to send it. */
  around: (<T>(sending: () => Promise<T>) => Promise<T>) | undefined;
  private answered = false;
  private readonly link: PgLink;
  private readonly location: string;
  private deferred: Step[] = [step(begin)];

  constructor(link: PgLink, location: string) {
    this.link = link;
    this.location = location;
  }

  /** Sends a statement with the next one. */
  defer(later: Step): void {
    this.deferred.push(later);
  }

  /** @returns the outcomes of `steps`, in their order */
  async send(steps: readonly Step[]): Promise<readonly Outcome[]> {
    const before = this.deferred;
    this.deferred = [];
    this.begun = true;
    try {
      const { around = (sending) => sending() } = this;
      this.around = undefined;
      const outcomes = await around(() => this.link.send([...before, ...steps]));
      this.answered = true;
      return outcomes.slice(before.length);
    } catch (error) {
      if (isConnectionLoss(error)) this.lost = true;
      this.failure = error;
      if (this.lost && !this.answered) throw staleConnection(error, this.location);
      throw explainPostgres(error, this.location);
    }
  }

  /** Runs work that may clash; where it fails, only what it did is undone. */
  async guarded<T>(work: () => T | Promise<T>): Promise<T> {
    const guard = step(savepoint);
    this.defer(guard);
    try {
      const result = await work();
      this.defer(step(release));
      return result;
    } catch (error) {
      if (this.deferred.includes(guard)) this.deferred = this.deferred.filter((it) => it !== guard);
      else this.deferred = [step(rollbackTo), step(release)];
      throw error;
    }
  }

  private async one(sent: Statement, parameters: readonly SqlValue[]): Promise<Outcome> {
    const [outcome] = await this.send([step(sent, parameters)]);
    return outcome ?? { rows: [], count: 0 };
  }

  async all(sent: Statement, parameters: readonly SqlValue[]): Promise<readonly Row[]> {
    return (await this.one(sent, parameters)).rows;
  }

  async get(sent: Statement, parameters: readonly SqlValue[]): Promise<Row | undefined> {
    return (await this.one(sent, parameters)).rows[0];
  }

  async run(sent: Statement, parameters: readonly SqlValue[]): Promise<number> {
    return (await this.one(sent, parameters)).count;
  }
}
