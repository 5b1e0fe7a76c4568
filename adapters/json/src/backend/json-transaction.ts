import {
  type CollectionDefinition,
  type DriverReads,
  type DriverTransaction,
  RecordReads,
  StorageError,
  type WriteOperation,
  type WriteResult,
} from "@cutover/core";
import { StoreConflict } from "../store/store-conflict.ts";
import type { JsonCommit } from "./json-commit.ts";
import { collectionsOf } from "./write-queue.ts";

/** Tells core to run the transaction's work again. */
function runAgain(error: unknown): unknown {
  if (!(error instanceof StoreConflict)) return error;
  const what = "somebody else wrote to the files meanwhile; nothing was changed";
  return new StorageError("LOCK_LOST", what, { cause: error });
}

/** A transaction over drafts of JSON files. It holds the turn to write until it ends. */
export class JsonTransaction implements DriverTransaction {
  readonly #commit: JsonCommit;
  readonly #reads: RecordReads;
  readonly #end: () => Promise<void>;

  constructor(commit: JsonCommit, end: () => Promise<void>) {
    this.#commit = commit;
    this.#reads = new RecordReads((collection) => commit.drafts.of(collection));
    this.#end = end;
  }

  async #prepared<T>(collections: Iterable<CollectionDefinition>, work: () => T): Promise<T> {
    try {
      await this.#commit.prepare(collections);
      return work();
    } catch (error) {
      throw runAgain(error);
    }
  }

  get(...call: Parameters<DriverReads["get"]>): ReturnType<DriverReads["get"]> {
    return this.#prepared([call[0]], () => this.#reads.get(...call));
  }

  getMany(...call: Parameters<DriverReads["getMany"]>): ReturnType<DriverReads["getMany"]> {
    return this.#prepared([call[0]], () => this.#reads.getMany(...call));
  }

  select(...call: Parameters<DriverReads["select"]>): ReturnType<DriverReads["select"]> {
    return this.#prepared([call[0]], () => this.#reads.select(...call));
  }

  count(...call: Parameters<DriverReads["count"]>): ReturnType<DriverReads["count"]> {
    return this.#prepared([call[0]], () => this.#reads.count(...call));
  }

  aggregate(...call: Parameters<DriverReads["aggregate"]>): ReturnType<DriverReads["aggregate"]> {
    return this.#prepared([call[0]], () => this.#reads.aggregate(...call));
  }

  apply(operations: readonly WriteOperation[], nowMs: number): Promise<WriteResult[]> {
    return this.#prepared(collectionsOf(operations), () =>
      this.#commit.drafts.apply(operations, nowMs),
    );
  }

  async commit(): Promise<void> {
    try {
      await this.#commit.commit();
    } catch (error) {
      throw runAgain(error);
    }
    await this.#end();
  }

  async rollback(): Promise<void> {
    await this.#end();
  }
}
