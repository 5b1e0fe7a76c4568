import type {
  CallContext,
  CollectionDefinition,
  TurnQueue,
  WriteOperation,
  WriteResult,
} from "@cutover/core";
import { statement } from "../sql/statement.ts";
import type { Courtesy } from "./courtesy.ts";
import { backOff } from "./back-off.ts";
import type { End, Express, ExpressRequest } from "./express.ts";
import type { OpenTransaction } from "./sql-store.ts";
import { busyFor, WriteRequest } from "./write-request.ts";
import type { RecordWriter } from "./record-writer.ts";

/** What a {@link GroupWriter} needs of its driver. */
export interface GroupHost {
  readonly turns: TurnQueue;
  readonly mayPause: boolean;
  readonly courtesy: Courtesy;
  /** Lets the event loop, and other processes, have their turn. */
  giveWay(): Promise<void>;
  /** Writes many callers' operations at once, where the database is too far away for one by one. */
  readonly express: Express | undefined;
  /** @param endMs when the caller gives up */
  tryBegin(endMs?: number): Promise<OpenTransaction | undefined>;
  /** Names the collections that a transaction writes to, where others have to be kept out of them. */
  enter(transaction: OpenTransaction, collections: readonly CollectionDefinition[]): void;
  isBusy(error: unknown): boolean;
  /** Begins the part of one caller. */
  writer(transaction: OpenTransaction, nowMs: number): RecordWriter;
  committed(transaction: OpenTransaction): void;
  /** One caller's part was undone, and with it what it noted down. */
  undone(transaction: OpenTransaction): void;
}

/** A group takes no more callers after so long, so that others get their turn. */
const groupMs = 20;

/** So long a group waits for others before those who have no more time leave it. Milliseconds. */
const sliceMs = 200;

const savepoint = statement("SAVEPOINT caller");
const release = statement("RELEASE caller");
const rollbackTo = statement("ROLLBACK TO caller");

/** Writes of several callers share one commit; one that fails does not fail the others. */
export class GroupWriter {
  private readonly host: GroupHost;
  private pending: WriteRequest[] = [];
  private flushing = false;

  constructor(host: GroupHost) {
    this.host = host;
  }

  /** True when no call waits or is being carried out. */
  get idle(): boolean {
    return this.pending.length === 0 && this.host.turns.free;
  }

  write(operations: readonly WriteOperation[], context: CallContext): Promise<WriteResult[]> {
    const request = new WriteRequest(operations, context, (gone) => {
      this.pending = this.pending.filter((other) => other !== gone);
    });
    this.pending.push(request);
    if (!this.flushing) {
      this.flushing = true;
      // After all callers that are ready now have come, and before anything else.
      process.nextTick(() => void this.flush());
    }
    return request.settled;
  }

  private async flush(): Promise<void> {
    while (this.pending.length > 0) {
      const endTurn = await this.host.turns.take({ timeoutMs: Infinity, signal: undefined });
      try {
        const { express } = this.host;
        if (express === undefined) await this.commitGroup();
        else await this.commitExpress(express);
      } finally {
        endTurn();
      }
      await this.host.giveWay();
    }
    this.flushing = false;
  }

  private async commitExpress(express: Express): Promise<void> {
    if (this.pending.length === 0) return;
    const requests = this.pending.splice(0, express.share(this.pending.map(asExpress)));
    for (const request of requests) request.start();
    const leftMs = Math.min(...requests.map(({ endMs }) => endMs)) - performance.now();
    try {
      const shot = await express.shoot(requests.map(asExpress), Math.min(leftMs, sliceMs));
      if (shot === "busy") await this.waitOn(requests);
      else if (shot === "apart") for (const request of requests) await this.commitAlone(request);
      else for (const [index, end] of shot.entries()) settle(requests[index], end);
    } catch (error) {
      this.rejectAll(requests, error);
    }
  }

  /** Somebody else is writing: those who still have time go back to the head of the queue. */
  private async waitOn(requests: readonly WriteRequest[]): Promise<void> {
    this.pending.unshift(...requests.filter((request) => request.waitOn()));
    await backOff();
  }

  private async commitAlone(request: WriteRequest): Promise<void> {
    let transaction: OpenTransaction | undefined;
    try {
      transaction = await this.host.tryBegin(request.endMs);
      if (transaction === undefined) throw busyFor(request.context.timeoutMs);
      const collections = request.operations.map(({ collection }) => collection);
      this.host.enter(transaction, collections);
      const results = await this.applyAll(transaction, request);
      await transaction.commit();
      this.host.committed(transaction);
      request.resolve(results);
    } catch (error) {
      await transaction?.rollback();
      if (this.host.isBusy(error) && performance.now() < request.endMs) {
        await backOff();
        return this.commitAlone(request);
      }
      request.reject(error);
    }
  }

  private async commitGroup(): Promise<void> {
    let transaction: OpenTransaction | undefined;
    try {
      transaction = await this.begin();
    } catch (error) {
      this.rejectAll(this.takePending(), error);
      return;
    }
    if (transaction === undefined) return;
    const done: (readonly [WriteRequest, WriteResult[]])[] = [];
    try {
      await this.applyGroup(transaction, done);
      await transaction.commit();
      this.host.committed(transaction);
      for (const [request, results] of done) request.resolve(results);
    } catch (error) {
      await transaction.rollback();
      this.rejectAll(
        done.map(([request]) => request),
        error,
      );
    }
  }

  /** @returns undefined when everybody gave up while the database was busy */
  private async begin(): Promise<OpenTransaction | undefined> {
    while (this.pending.length > 0) {
      const transaction = await this.host.tryBegin();
      if (transaction !== undefined) return transaction;
      await backOff();
    }
    return undefined;
  }

  private takePending(): WriteRequest[] {
    const taken = this.pending;
    this.pending = [];
    for (const request of taken) request.start();
    return taken;
  }

  private rejectAll(requests: readonly WriteRequest[], error: unknown): void {
    for (const request of requests) request.reject(error);
  }

  private async applyGroup(
    transaction: OpenTransaction,
    done: (readonly [WriteRequest, WriteResult[]])[],
  ): Promise<void> {
    const endMs = performance.now() + groupMs;
    do {
      const request = this.pending.shift();
      if (request === undefined) return;
      request.start();
      const results = await this.applyOne(transaction, request, done.length > 0);
      if (results !== undefined) done.push([request, results]);
    } while (performance.now() < endMs);
  }

  /**
   * @param hasCompany whether somebody else's part is in the transaction already
   * @returns undefined when the caller's part failed and was undone
   * @throws what the part failed with, where the whole transaction has to be undone for it
   */
  private async applyOne(
    transaction: OpenTransaction,
    request: WriteRequest,
    hasCompany: boolean,
  ): Promise<WriteResult[] | undefined> {
    const { session } = transaction;
    const isSeveral = isSeveralStatements(request.operations);
    // Under a savepoint SQLite copies each page before it changes it: nobody pays for that alone.
    const guarded = isSeveral && hasCompany;
    try {
      if (guarded) await session.run(savepoint, []);
      const results = await this.applyAll(transaction, request);
      if (guarded) await session.run(release, []);
      return results;
    } catch (error) {
      const undoesAll = isSeveral && !guarded;
      // Before the caller hears of it: on a connection of the application's, its next statement
      // would be undone as well.
      if (undoesAll) await transaction.rollback();
      request.reject(error);
      // An error such as a full disk ends the whole transaction; then all have failed.
      if (undoesAll || !transaction.isOpen()) throw error;
      if (guarded) {
        await session.run(rollbackTo, []);
        await session.run(release, []);
        this.host.undone(transaction);
      }
      return undefined;
    }
  }

  private async applyAll(
    transaction: OpenTransaction,
    { operations, context }: WriteRequest,
  ): Promise<WriteResult[]> {
    const writer = this.host.writer(transaction, context.nowMs);
    const { courtesy, mayPause } = this.host;
    const results: WriteResult[] = [];
    for (const operation of operations) {
      // Never behind the last: a lone operation has no savepoint to be taken back to.
      if (results.length > 0 && mayPause && courtesy.isDue()) {
        await courtesy.pause();
        context.signal?.throwIfAborted();
      }
      const result = writer.apply(operation);
      results.push(result instanceof Promise ? await result : result);
    }
    return results;
  }
}

function asExpress({ operations, context }: WriteRequest): ExpressRequest {
  return { operations, nowMs: context.nowMs };
}

function settle(request: WriteRequest | undefined, end: End): void {
  if ("error" in end) request?.reject(end.error);
  else request?.resolve(end.results);
}

/** One statement undoes itself when it fails; several need a savepoint. */
function isSeveralStatements(operations: readonly WriteOperation[]): boolean {
  const [first] = operations;
  if (operations.length !== 1 || first === undefined) return true;
  return first.type === "replaceAll" || first.collection.expiry !== undefined;
}
