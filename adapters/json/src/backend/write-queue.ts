import {
  type CallContext,
  type CollectionDefinition,
  isRefusedWhole,
  StorageError,
  type TurnQueue,
  type WriteOperation,
  type WriteResult,
} from "@cutover/core";
import { StoreConflict } from "../store/store-conflict.ts";
import { JsonCommit, type JsonStore } from "./json-commit.ts";
import { WriterCourtesy } from "./writer-courtesy.ts";

/** Records one commit may gather, so that nobody waits long behind a crowd. */
const largestGroup = 5000;

/** How long one process keeps the lock while its callers go on writing, in milliseconds. */
const tenureMs = 25;

/**
 * Who calls again so soon after an answer is believed to do so the next time, and waited for as long,
 * in milliseconds. Whoever also writes elsewhere in between, as a cutover does, needs 1 or 2.
 */
const soonMs = 3;

/** What `setTimeout` can wait for; longer waits have no end. */
const longestTimerMs = 2 ** 31;

/** What has to be done before a write may take effect. */
type Permit = () => Promise<void>;

type Outcome = { readonly results: WriteResult[] } | { readonly error: unknown };

/** One caller's operations on their way into a commit. */
class PendingWrite {
  readonly operations: readonly WriteOperation[];
  readonly context: CallContext;
  readonly endMs: number;
  readonly done: PromiseWithResolvers<WriteResult[]> = Promise.withResolvers();
  readonly #permit: Permit | undefined;
  #refusal: { readonly reason: unknown } | undefined;

  constructor(
    operations: readonly WriteOperation[],
    context: CallContext,
    permit: Permit | undefined,
  ) {
    this.operations = operations;
    this.context = context;
    this.endMs = performance.now() + context.timeoutMs;
    this.#permit = permit;
  }

  get needsPermit(): boolean {
    return this.#permit !== undefined;
  }

  /** @returns whether the write may take effect */
  async permitted(): Promise<boolean> {
    try {
      await this.#permit?.();
      return true;
    } catch (reason) {
      this.#refusal = { reason };
      return false;
    }
  }

  /** @returns whether there is a point in another attempt; the caller is told where there is none */
  mayTryAgain(): boolean {
    const { signal, timeoutMs } = this.context;
    if (this.#refusal !== undefined) this.done.reject(this.#refusal.reason);
    else if (signal?.aborted === true) this.done.reject(signal.reason);
    else if (performance.now() > this.endMs) this.done.reject(stayedBusy(timeoutMs));
    else return true;
    return false;
  }

  settle(outcome: Outcome): void {
    if ("error" in outcome) this.done.reject(outcome.error);
    else this.done.resolve(outcome.results);
  }
}

/**
 * Gathers the writes of this process into commits: while one commit is on its way the next
 * callers gather, and each still resolves only when its own change is durable.
 */
export class WriteQueue {
  readonly #store: JsonStore;
  readonly #turns: TurnQueue;
  #pending: PendingWrite[] = [];
  #isPumping = false;
  readonly #courtesy = new WriterCourtesy();
  #answeredMs = -Infinity;
  #callSoon = false;
  #arrived: (() => void) | undefined;

  constructor(store: JsonStore, turns: TurnQueue) {
    this.#store = store;
    this.#turns = turns;
  }

  /** @param permit see `StorageDriver.writePermitted`; default: nothing has to be done before */
  async write(
    operations: readonly WriteOperation[],
    context: CallContext,
    permit?: Permit,
  ): Promise<WriteResult[]> {
    const write = new PendingWrite(operations, context, permit);
    if (this.#pending.length === 0) this.#callSoon = performance.now() - this.#answeredMs < soonMs;
    this.#pending.push(write);
    this.#arrived?.();
    const leave = (reason: unknown): void => {
      if (!this.#pending.includes(write)) return;
      this.#pending = this.#pending.filter((other) => other !== write);
      write.done.reject(reason);
    };
    const onAbort = (): void => leave(context.signal?.reason);
    context.signal?.addEventListener("abort", onAbort, { once: true });
    const isBounded = context.timeoutMs < longestTimerMs;
    const timer = isBounded
      ? setTimeout(() => leave(stayedBusy(context.timeoutMs)), context.timeoutMs)
      : undefined;
    void this.#pump();
    try {
      return await write.done.promise;
    } finally {
      clearTimeout(timer);
      context.signal?.removeEventListener("abort", onAbort);
    }
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      // Callers of the same turn of the event loop get into the same commit.
      await Promise.resolve();
      while (this.#pending.length > 0) {
        await this.#commitNext();
        if (this.#pending.length > 0) await this.#courtesy.stepAside();
      }
    } finally {
      this.#isPumping = false;
    }
  }

  async #commitNext(): Promise<void> {
    const waiting = this.#pending;
    try {
      const endTurn = await this.#turns.take({ timeoutMs: longest(waiting), signal: undefined });
      try {
        if (this.#pending.length === 0) return;
        const timeoutMs = longest(this.#pending);
        await this.#store.files.withLock(() => this.#commitGroups(), { timeoutMs });
      } finally {
        endTurn();
      }
    } catch (error) {
      // Nobody got a turn: those who were waiting for it hear why.
      for (const write of waiting) {
        if (!this.#pending.includes(write)) continue;
        this.#pending = this.#pending.filter((other) => other !== write);
        write.done.reject(error);
      }
    }
  }

  /**
   * Those who write one after another keep the lock for a while: handing it over costs a commit. It
   * is not kept for callers who do something longer in between, for then others would wait for that.
   */
  async #commitGroups(): Promise<void> {
    const endMs = performance.now() + tenureMs;
    do {
      await this.#commitGroup(this.#take());
      this.#answeredMs = performance.now();
      if (this.#callSoon) await this.#nextCaller();
    } while (this.#pending.length > 0 && performance.now() < endMs);
  }

  async #nextCaller(): Promise<void> {
    if (this.#pending.length > 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#arrived = resolve;
    const timer = setTimeout(resolve, soonMs);
    await promise;
    clearTimeout(timer);
    this.#arrived = undefined;
  }

  #take(): PendingWrite[] {
    let size = 0;
    let count = 0;
    for (const write of this.#pending) {
      if (count > 0 && size + write.operations.length > largestGroup) break;
      size += write.operations.length;
      count++;
    }
    return this.#pending.splice(0, count);
  }

  async #commitGroup(group: PendingWrite[]): Promise<void> {
    try {
      let remaining = group;
      while (remaining.length > 0) {
        if (await this.#attempt(remaining)) return;
        remaining = remaining.filter((write) => write.mayTryAgain());
      }
    } catch (error) {
      for (const write of group) write.done.reject(error);
    }
  }

  /** @returns false when somebody else was first and everything is to be done again */
  async #attempt(group: readonly PendingWrite[]): Promise<boolean> {
    try {
      const commit = new JsonCommit(this.#store);
      this.#courtesy.found(commit.token);
      const outcomes = await this.#apply(commit, group);
      await commit.commit({
        signal: group.length === 1 ? group[0]?.context.signal : undefined,
        permit: () => allPermitted(applied(outcomes)),
      });
      this.#courtesy.left(commit.token);
      for (const [write, outcome] of outcomes) write.settle(outcome);
      return true;
    } catch (error) {
      if (error instanceof StoreConflict) return false;
      throw error;
    }
  }

  /** Applies every caller's operations; one that fails leaves no trace in the others' commit. */
  async #apply(
    commit: JsonCommit,
    group: readonly PendingWrite[],
  ): Promise<Map<PendingWrite, Outcome>> {
    const outcomes = new Map<PendingWrite, Outcome>();
    for (const write of group) {
      try {
        if (!commit.isPrepared(write.operations))
          await commit.prepare(collectionsOf(write.operations));
        outcomes.set(write, { results: this.#applyOne(commit, write) });
      } catch (error) {
        if (error instanceof StoreConflict) throw error;
        outcomes.set(write, { error });
      }
    }
    return outcomes;
  }

  #applyOne(commit: JsonCommit, { operations, context }: PendingWrite): WriteResult[] {
    const isAlone = operations.length === 1 && operations.every(isRefusedWhole);
    if (isAlone) return commit.drafts.apply(operations, context.nowMs);
    const own = commit.drafts.nested();
    const results = own.apply(operations, context.nowMs);
    for (const { definition, changes } of own.changed()) {
      // A file with unreadable records refuses to be cleared: that concerns this caller alone.
      if (changes.cleared) commit.tableOf(definition).edited(changes);
    }
    commit.drafts.absorb(own);
    return results;
  }
}

/** The writes that the commit is going to hold. */
function applied(outcomes: ReadonlyMap<PendingWrite, Outcome>): PendingWrite[] {
  const writes: PendingWrite[] = [];
  for (const [write, outcome] of outcomes) if ("results" in outcome) writes.push(write);
  return writes;
}

async function allPermitted(writes: readonly PendingWrite[]): Promise<boolean> {
  const asking = writes.filter((write) => write.needsPermit);
  const answers = await Promise.all(asking.map((write) => write.permitted()));
  return answers.every((isPermitted) => isPermitted);
}

/** The collections that operations touch, each once. */
export function collectionsOf(operations: readonly WriteOperation[]): Set<CollectionDefinition> {
  return new Set(operations.map((operation) => operation.collection));
}

function longest(writes: readonly PendingWrite[]): number {
  return Math.max(0, ...writes.map(({ endMs }) => endMs - performance.now()));
}

function stayedBusy(timeoutMs: number): StorageError {
  return new StorageError(
    "LOCK_TIMEOUT",
    `the store stayed busy for ${timeoutMs} ms; nothing was changed`,
  );
}
