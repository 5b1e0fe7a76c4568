import type { CollectionDefinition } from "../definition/collection-definition.ts";
import { isStorageError, StorageError } from "../errors/storage-error.ts";
import type { JsonValue } from "../values/json.ts";
import type { Capabilities } from "./capabilities.ts";
import { CollectionHandle } from "./collection-handle.ts";
import { explainError } from "./explain-error.ts";
import type { CallName, OperationHost } from "./operation-host.ts";
import type { CallOptions, CollectionOperations, Transaction } from "./storage-backend.ts";
import type {
  DriverReads,
  DriverTransaction,
  MaybePromise,
  WriteOperation,
  WriteResult,
} from "./storage-driver.ts";

/** What a transaction takes from the backend that began it. */
export interface TransactionHost {
  readonly kind: string;
  readonly capabilities: Capabilities;
  nowMs(): number;
  attach(definition: CollectionDefinition): void;
}

/** One run of a transaction's work: lets operations through one at a time until it ends or one fails. */
export class TransactionScope implements Transaction, OperationHost {
  readonly capabilities: Capabilities;
  private readonly host: TransactionHost;
  private readonly driver: DriverTransaction;
  private last: Promise<unknown> = Promise.resolve();
  private running = 0;
  private failure: { readonly error: unknown } | undefined;
  private ended = false;

  constructor(host: TransactionHost, driver: DriverTransaction) {
    this.host = host;
    this.driver = driver;
    this.capabilities = host.capabilities;
  }

  get active(): boolean {
    return !this.ended;
  }

  /** True when an operation found that the work has to run again. */
  get lostLock(): boolean {
    return isStorageError(this.failure?.error, "LOCK_LOST");
  }

  get reads(): DriverReads {
    return this.driver;
  }

  nowMs(): number {
    return this.host.nowMs();
  }

  collection<V extends JsonValue>(definition: CollectionDefinition<V>): CollectionOperations<V> {
    this.host.attach(definition);
    return new CollectionHandle(definition, this);
  }

  async run<T>(
    name: CallName,
    options: CallOptions | undefined,
    work: () => MaybePromise<T>,
  ): Promise<T> {
    this.check();
    this.running++;
    const turn = this.last.then(() => this.attempt(name, options, work));
    this.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.running--;
    }
  }

  private async attempt<T>(
    name: CallName,
    options: CallOptions | undefined,
    work: () => MaybePromise<T>,
  ): Promise<T> {
    this.check();
    try {
      options?.signal?.throwIfAborted();
      return await work();
    } catch (error) {
      this.failure ??= { error };
      if (options?.signal?.aborted === true && error === options.signal.reason) throw error;
      throw explainError(error, this.host.kind, name);
    }
  }

  write(operations: readonly WriteOperation[]): MaybePromise<WriteResult[]> {
    return this.driver.apply(operations, this.nowMs());
  }

  private misuse(what: string, cause?: unknown): StorageError {
    return new StorageError("TRANSACTION_MISUSE", `${what}; nothing was changed`, { cause });
  }

  private check(): void {
    if (this.ended) throw this.misuse("the transaction has ended");
    if (this.failure !== undefined) {
      throw this.misuse(
        "an operation of this transaction failed, so it cannot go on",
        this.failure.error,
      );
    }
  }

  /** Ends the work. @throws StorageError TRANSACTION_MISUSE when it must not be committed */
  finish(): void {
    const unawaited = this.running > 0;
    this.ended = true;
    if (unawaited)
      throw this.misuse("the transaction's work ended before its operations did; await them all");
    if (this.failure !== undefined) {
      throw this.misuse("an operation failed and the work went on regardless", this.failure.error);
    }
  }

  /** Ends the work without a commit; operations that come late are refused. */
  async abandon(): Promise<void> {
    this.ended = true;
    await this.last;
  }
}
