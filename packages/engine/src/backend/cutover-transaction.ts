import type {
  CallContext,
  CollectionDefinition,
  DriverReads,
  DriverTransaction,
  MaybePromise,
  WriteOperation,
  WriteResult,
} from "@cutover/core";
import { spansUnits } from "../unit/unit-table.ts";
import type { Unit } from "../unit/unit.ts";
import type { Stay } from "../write/writer-sections.ts";
import type { Asked } from "./empty-answers.ts";
import type { Route } from "./route.ts";

/** A writer's stay in its unit's section, and where its writes go. */
export interface Entry extends Stay {
  readonly unit: Unit;
  readonly route: Route;
}

/** What a transaction needs of its driver. */
export interface TransactionHost {
  unitOf(collection: CollectionDefinition): Unit;
  /** Enters the unit's writers' section. @returns its route, good until `leave` is called */
  enter(unit: Unit, context: CallContext): Promise<Entry>;
  /** Runs a commit between its mark and the mark's settlement: it takes effect only after `mark`. */
  around(
    entry: Entry,
    operations: readonly WriteOperation[],
    write: (mark: () => Promise<void>) => Promise<readonly WriteResult[]>,
  ): Promise<void>;
  /**
   * Runs a write where only one store is kept, and nothing is to be marked.
   * @throws StorageError COMMIT_UNKNOWN when the lock that it was decided under was lost meanwhile
   */
  alone<T>(entry: Entry, write: () => Promise<T>): Promise<T>;
  /** Whether an answer can be believed. @throws StorageError DIVERGED where its file is missing */
  believe(answer: unknown, asked: Asked, route: Route): Promise<boolean>;
  /** Something was written to a unit that is mirrored. */
  written(unit: Unit): void;
}

/** A transaction's turn in its process. */
export interface TransactionTurn {
  readonly context: CallContext;
  /** When its time is up, by `performance.now`. */
  readonly endMs: number;
  /** Gives the turn to the next; again does nothing. */
  readonly end: () => void;
}

interface Begun extends Entry {
  readonly transaction: DriverTransaction;
}

/**
 * A transaction of the store in charge. Which one that is shows with the first operation: its
 * collection names the unit, and the unit cannot change its stage before the transaction ends.
 */
export class CutoverTransaction implements DriverTransaction {
  private readonly host: TransactionHost;
  private readonly turn: TransactionTurn;
  private readonly operations: WriteOperation[] = [];
  private readonly results: WriteResult[] = [];
  private begun: Begun | undefined;

  constructor(host: TransactionHost, turn: TransactionTurn) {
    this.host = host;
    this.turn = turn;
  }

  private async begin(collection: CollectionDefinition): Promise<DriverTransaction> {
    const unit = this.host.unitOf(collection);
    if (this.begun !== undefined) {
      if (this.begun.unit !== unit) throw spansUnits(this.begun.unit, unit);
      return this.begun.transaction;
    }
    const entry = await this.host.enter(unit, this.remaining());
    try {
      const transaction = await entry.route.authority.begin(this.remaining());
      this.begun = { ...entry, transaction };
      return transaction;
    } catch (error) {
      entry.leave();
      throw error;
    }
  }

  private remaining(): CallContext {
    const { context, endMs } = this.turn;
    return { ...context, timeoutMs: Math.max(0, endMs - performance.now()) };
  }

  private async read<T>(
    collection: CollectionDefinition,
    work: (reads: DriverReads) => MaybePromise<T>,
  ): Promise<T> {
    const transaction = await this.begin(collection);
    const answer = await work(transaction);
    const { begun } = this;
    // What it has cleared itself may well be empty.
    const isOwn = this.operations.some((operation) => operation.collection === collection);
    if (isOwn || begun === undefined) return answer;
    const { unit, route } = begun;
    const isSo = await this.host.believe(answer, { unit, collection }, route);
    return isSo ? answer : work(transaction);
  }

  get(...call: Parameters<DriverReads["get"]>): ReturnType<DriverReads["get"]> {
    return this.read(call[0], (reads) => reads.get(...call));
  }

  getMany(...call: Parameters<DriverReads["getMany"]>): ReturnType<DriverReads["getMany"]> {
    return this.read(call[0], (reads) => reads.getMany(...call));
  }

  select(...call: Parameters<DriverReads["select"]>): ReturnType<DriverReads["select"]> {
    return this.read(call[0], (reads) => reads.select(...call));
  }

  count(...call: Parameters<DriverReads["count"]>): ReturnType<DriverReads["count"]> {
    return this.read(call[0], (reads) => reads.count(...call));
  }

  aggregate(...call: Parameters<DriverReads["aggregate"]>): ReturnType<DriverReads["aggregate"]> {
    return this.read(call[0], (reads) => reads.aggregate(...call));
  }

  async apply(operations: readonly WriteOperation[], nowMs: number): Promise<WriteResult[]> {
    const results: WriteResult[] = [];
    for (const operation of operations) {
      const transaction = await this.begin(operation.collection);
      results.push(...(await transaction.apply([operation], nowMs)));
    }
    this.operations.push(...operations);
    this.results.push(...results);
    return results;
  }

  async commit(): Promise<void> {
    if (this.begun === undefined) return this.end();
    const { begun } = this;
    const { unit, route, transaction } = begun;
    const isMirrored = route.mirror !== undefined && this.operations.length > 0;
    if (isMirrored) {
      await this.host.around(begun, this.operations, async (mark) => {
        await mark();
        await transaction.commit();
        return this.results;
      });
      this.host.written(unit);
    } else await this.host.alone(begun, () => transaction.commit());
    this.end();
  }

  async rollback(): Promise<void> {
    await this.begun?.transaction.rollback();
    this.end();
  }

  private end(): void {
    this.begun?.leave();
    this.begun = undefined;
    this.turn.end();
  }
}
