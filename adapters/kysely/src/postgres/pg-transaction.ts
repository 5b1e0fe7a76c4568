import type { WriteOperation, WriteResult } from "@cutover/core";
import { backOff } from "../driver/back-off.ts";
import type { OpenTransaction } from "../driver/sql-store.ts";
import type { SqlTable } from "../driver/sql-table.ts";
import { statement } from "../sql/statement.ts";
import type { Books } from "./books.ts";
import { Evaluation, resultsOf } from "./evaluation.ts";
import { step, type PgLink } from "./link.ts";
import { PgSession } from "./pg-session.ts";
import { explainPostgres, isClash, isConflict, isConnectionLoss } from "./postgres-error.ts";
import { RunPlan } from "./run-plan.ts";
import type { Signer } from "./signer.ts";
import type { WaitMark } from "./wait-mark.ts";
import { foundIn, keysToRead, readingSteps, untouchedIn } from "./write-shot.ts";

const commit = statement("COMMIT");
const rollback = statement("ROLLBACK");

/** What a {@link PgTransaction} needs of its store. */
export interface PgTransactionContext {
  readonly link: PgLink;
  readonly books: Books;
  readonly waitMark: WaitMark;
  readonly signer: Signer;
  readonly location: string;
  /** Replaces an index that refused a text because of its length. @returns false for other errors */
  readonly makeRoom: (error: unknown, tables: Iterable<SqlTable>) => Promise<boolean>;
  /** Until when it may wait for others, on the clock of `performance.now()`. */
  readonly endMs: number;
}

interface TogetherOptions {
  readonly tableOf: (operation: WriteOperation) => SqlTable;
  readonly nowMs: number;
}

/**
 * A transaction in which the caller thinks between statements. It keeps other writers out of each
 * collection from its first use on, and so is serialisable while it reads the last commit.
 */
export class PgTransaction implements OpenTransaction {
  readonly session: PgSession;
  private readonly context: PgTransactionContext;
  private readonly entered = new Set<SqlTable>();
  private readonly touched = new Set<SqlTable>();
  private ended = false;

  constructor(context: PgTransactionContext) {
    this.context = context;
    this.session = new PgSession(context.link, context.location);
  }

  isOpen(): boolean {
    return !this.session.lost;
  }

  enter(tables: readonly SqlTable[]): void {
    const fresh = tables.filter((table) => !this.entered.has(table));
    if (fresh.length === 0) return;
    for (const table of fresh) this.entered.add(table);
    const { books, endMs, waitMark } = this.context;
    // A wait of 0 would be for ever, and of more than 2^31 no number that the server takes.
    const waitMs = Math.min(Math.max(endMs - performance.now(), 1), 2 ** 31 - 1);
    const definitions = fresh.map(({ definition }) => definition);
    // What was entered before and is not sent yet is waited for in the same breath.
    const { around } = this.session;
    this.session.around = (sending) =>
      waitMark.during(definitions, () => (around === undefined ? sending() : around(sending)));
    for (const entry of books.turns.enter({ definitions, exclusive: true, waitMs }))
      this.session.defer(entry);
  }

  async applyTogether(
    operations: readonly WriteOperation[],
    options: TogetherOptions,
  ): Promise<WriteResult[] | undefined> {
    const apply = (): Promise<WriteResult[]> => this.together(operations, options);
    const mayClash = operations.some((operation) => operation.collection.unique.length > 0);
    if (!mayClash) return apply();
    try {
      return await this.session.guarded(apply);
    } catch (error) {
      if (isClash(error)) return undefined;
      throw error;
    }
  }

  private async together(
    operations: readonly WriteOperation[],
    { tableOf, nowMs }: TogetherOptions,
  ): Promise<WriteResult[]> {
    const wanted = keysToRead([{ operations }], tableOf);
    const found = foundIn(
      wanted,
      wanted.size === 0 ? [] : await this.session.send(readingSteps(wanted)),
    );
    const direct = wanted.size === 0;
    const part = new Evaluation(found).evaluate(operations, { tableOf, nowMs, direct });
    const plan = new RunPlan(part.effects);
    const touching = [...untouchedIn([part])].filter((table) => !this.touched.has(table));
    const { books } = this.context;
    const before = touching.map((table) => step(books.touch, [table.name]));
    const outcomes = await this.session.send([...before, ...plan.steps]);
    plan.read(outcomes.slice(before.length));
    for (const table of touching) this.touched.add(table);
    for (const { refused } of part.answers) if (refused !== undefined) throw refused;
    return resultsOf(part);
  }

  async commit(): Promise<void> {
    if (this.session.begun) await this.commitBegun();
    this.end(false);
    for (const table of this.touched) table.touched = true;
  }

  private async commitBegun(): Promise<void> {
    const { signer, location } = this.context;
    const signature = signer.sign();
    try {
      await this.session.send([signature.step, step(commit)]);
    } catch (error) {
      if (!isConnectionLoss(error)) throw error;
      if (!(await signer.settle(signature, error))) throw explainPostgres(error, location);
    }
  }

  async rollback(): Promise<void> {
    if (this.ended) return;
    let broken = this.session.lost;
    if (this.session.begun && !broken) {
      // Nothing that was put off has to be sent any more.
      broken = await this.context.link.send([step(rollback)]).then(
        () => false,
        () => true,
      );
    }
    this.end(broken);
    // Whoever runs it again would meet the same others at once.
    if (isConflict(this.session.failure)) await backOff();
    await this.context.makeRoom(this.session.failure, this.entered).catch(() => undefined);
  }

  private end(broken: boolean): void {
    if (this.ended) return;
    this.ended = true;
    this.context.link.release(broken || this.session.lost);
  }
}
