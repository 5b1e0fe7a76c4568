import { AsyncLocalStorage } from "node:async_hooks";
import type { CollectionDefinition } from "../definition/collection-definition.ts";
import { describeDefinition } from "../definition/describe-definition.ts";
import { isStorageError, StorageError } from "../errors/storage-error.ts";
import type { JsonValue } from "../values/json.ts";
import { canonicalJson } from "../values/version.ts";
import type { Capabilities } from "./capabilities.ts";
import { BackendCollection, type StreamHost } from "./backend-collection.ts";
import { Deadline } from "./deadline.ts";
import { driverKey, type DrivenBackend } from "./driver-of.ts";
import { explainError } from "./explain-error.ts";
import type { CallName } from "./operation-host.ts";
import type {
  BackendInfo,
  BackupManifest,
  CallOptions,
  Collection,
  StorageBackend,
  Transaction,
  TransactionOptions,
} from "./storage-backend.ts";
import type {
  CallContext,
  DriverReads,
  MaybePromise,
  StorageDriver,
  WriteOperation,
  WriteResult,
} from "./storage-driver.ts";
import { TransactionScope } from "./transaction-scope.ts";

/** What {@link backendFrom} accepts. */
export interface BackendOptions {
  /** The present, in milliseconds since 1970. Default: `Date.now`. */
  readonly clock?: () => number;
  /** How long a write outside a transaction waits for its turn. Default: 10,000. */
  readonly lockTimeoutMs?: number;
}

/** How long a transaction may take by default, in milliseconds. */
export const defaultTransactionTimeoutMs = 5000;
/** How long a write waits for its turn by default, in milliseconds. */
export const defaultLockTimeoutMs = 10_000;

/** Untyped callers pass a name, or the options that a definition is made of. */
function isDefinition(value: unknown): boolean {
  return typeof value === "object" && value !== null && Reflect.get(value, "fields") instanceof Map;
}

function noDefinition(backend: string): StorageError {
  return new StorageError(
    "CONFIG_INVALID",
    "collection() takes what defineCollection() returned, not a name or plain options",
    { backend, operation: "collection" },
  );
}

class Backend implements DrivenBackend, StreamHost {
  readonly kind: string;
  readonly capabilities: Capabilities;
  readonly reads: DriverReads;
  readonly [driverKey]: StorageDriver;
  private readonly driver: StorageDriver;
  private readonly clock: () => number;
  private readonly lockTimeoutMs: number;
  private readonly definitions = new Map<string, CollectionDefinition>();
  private readonly scopes = new AsyncLocalStorage<TransactionScope>();
  private transactions = 0;
  private running = 0;
  private closing: Promise<void> | undefined;
  private whenIdle: (() => void) | undefined;

  constructor(driver: StorageDriver, options: BackendOptions) {
    this.driver = driver;
    this[driverKey] = driver;
    this.reads = driver;
    this.kind = driver.kind;
    this.capabilities = driver.capabilities;
    this.clock = options.clock ?? Date.now;
    this.lockTimeoutMs = options.lockTimeoutMs ?? defaultLockTimeoutMs;
  }

  nowMs(): number {
    return this.clock();
  }

  attach(definition: CollectionDefinition): void {
    const known = this.definitions.get(definition.name);
    if (known === definition) return;
    if (known === undefined) {
      if (!isDefinition(definition)) throw noDefinition(this.kind);
      this.driver.attach(definition);
      this.definitions.set(definition.name, definition);
    } else if (
      canonicalJson(describeDefinition(known)) !== canonicalJson(describeDefinition(definition))
    ) {
      throw new StorageError(
        "CONFIG_INVALID",
        `collection "${definition.name}" is already in use with another definition; share one definition`,
        { backend: this.kind, collection: definition.name },
      );
    }
  }

  collection<V extends JsonValue>(definition: CollectionDefinition<V>): Collection<V> {
    this.checkUsable(
      { operation: "collection", collection: definition.name },
      { insideTransaction: true },
    );
    this.attach(definition);
    return new BackendCollection(definition, this, this.driver);
  }

  private checkUsable(name: CallName, { insideTransaction = false } = {}): void {
    if (this.closing !== undefined) {
      throw new StorageError("BACKEND_CLOSED", `the ${this.kind} backend is closed`, {
        ...name,
        backend: this.kind,
      });
    }
    // The look-up is only paid for while a transaction runs.
    if (this.transactions > 0 && !insideTransaction && this.scopes.getStore()?.active === true) {
      throw new StorageError(
        "TRANSACTION_MISUSE",
        `${name.operation}() was called on the backend inside a transaction; call it on \`tx\``,
        { ...name, backend: this.kind },
      );
    }
  }

  async run<T>(
    name: CallName,
    options: CallOptions | undefined,
    work: () => MaybePromise<T>,
  ): Promise<T> {
    this.checkUsable(name);
    const signal = options?.signal;
    signal?.throwIfAborted();
    this.running++;
    try {
      const answer = work();
      // To wait for what is there already would cost a turn of the microtask queue.
      return answer instanceof Promise ? await answer : answer;
    } catch (error) {
      if (signal?.aborted === true && error === signal.reason) throw error;
      throw explainError(error, this.kind, name);
    } finally {
      this.running--;
      if (this.running === 0) this.whenIdle?.();
    }
  }

  private context(options: CallOptions | undefined, timeoutMs = this.lockTimeoutMs): CallContext {
    return { nowMs: this.nowMs(), signal: options?.signal, timeoutMs };
  }

  write(
    operations: readonly WriteOperation[],
    options: CallOptions | undefined,
  ): Promise<WriteResult[]> {
    return this.driver.write(operations, this.context(options));
  }

  async transaction<T>(
    work: (tx: Transaction) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    let caught: { readonly error: unknown } | undefined;
    const guarded = async (tx: TransactionScope): Promise<T> => {
      caught = undefined;
      try {
        return await work(tx);
      } catch (error) {
        // What fails once time is up fails because of that, and what was lost runs again.
        if (tx.active && !tx.lostLock) caught = { error };
        throw error;
      }
    };
    try {
      return await this.run({ operation: "transaction" }, options, () =>
        this.transact(guarded, options),
      );
    } catch (error) {
      // What the caller's own function threw is not ours to explain.
      throw caught === undefined ? error : caught.error;
    }
  }

  private async transact<T>(
    work: (tx: TransactionScope) => Promise<T>,
    options: TransactionOptions,
  ): Promise<T> {
    const { timeoutMs = defaultTransactionTimeoutMs, signal } = options;
    const deadline = new Deadline(timeoutMs, signal);
    try {
      for (;;) {
        const outcome = await this.attempt(work, deadline, options);
        if (outcome.committed) return outcome.result;
        // It may be lost for the whole time, and each time sooner than the race is over.
        deadline.check();
      }
    } finally {
      deadline[Symbol.dispose]();
    }
  }

  /** Runs the work once; not committed means that it has to run again. */
  private async attempt<T>(
    work: (tx: TransactionScope) => Promise<T>,
    deadline: Deadline,
    options: TransactionOptions,
  ): Promise<{ readonly committed: true; readonly result: T } | { readonly committed: false }> {
    const driver = await this.driver.begin(this.context(options, deadline.remainingMs()));
    const scope = new TransactionScope(this, driver);
    this.transactions++;
    try {
      const result = await deadline.race(this.scopes.run(scope, () => work(scope)));
      scope.finish();
      await driver.commit();
      return { committed: true, result };
    } catch (error) {
      await scope.abandon();
      await driver.rollback();
      // The work may have swallowed the loss, or thrown something of its own because of it.
      if (scope.lostLock || isStorageError(error, "LOCK_LOST")) return { committed: false };
      throw error;
    } finally {
      this.transactions--;
    }
  }

  backup(destination: string, options?: CallOptions): Promise<BackupManifest> {
    return this.run({ operation: "backup" }, options, () =>
      this.driver.backup(destination, this.context(options)),
    );
  }

  info(options?: CallOptions): Promise<BackendInfo> {
    return this.run({ operation: "info" }, options, () => this.driver.info(this.context(options)));
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    const idle = Promise.withResolvers<void>();
    this.whenIdle = idle.resolve;
    if (this.running > 0) await idle.promise;
    await this.driver.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  checkStream(collection: string): void {
    this.checkUsable({ operation: "iterate", collection });
  }
}

/**
 * Makes a backend of a driver: checks what callers hand in, derives all operations, keeps
 * transactions apart, explains errors.
 */
export function backendFrom(driver: StorageDriver, options: BackendOptions = {}): StorageBackend {
  return new Backend(driver, options);
}
