import { StorageError } from "../errors/storage-error.ts";
import { refuseQuery } from "../query/compile-filter.ts";
import type { KeyedValue } from "../query/select.ts";
import { isJsonObject, type JsonValue } from "../values/json.ts";
import { checkKey } from "../values/key.ts";
import { cloneValue, normaliseValue } from "../values/normalise.ts";
import { checkRecord, checkRecordNow, checkShape } from "../values/record-check.ts";
import { capture } from "./capture.ts";
import { chain } from "./chain.ts";
import { CollectionReader } from "./collection-reader.ts";
import type {
  CallOptions,
  CollectionOperations,
  Entries,
  WriteOptions,
} from "./storage-backend.ts";
import type { MaybePromise, WriteOperation, WriteResult } from "./storage-driver.ts";
import { typedValue } from "./typed.ts";

type Update = WriteOperation & { readonly type: "update" };

/**
 * A collection's operations, derived once for all adapters: everything is checked and copied here,
 * then handed to the host as data. Values are typed by the definition, which is the caller's word:
 * stored data is not checked against it.
 */
export class CollectionHandle<V extends JsonValue>
  extends CollectionReader<V>
  implements CollectionOperations<V>
{
  private async writeOne(
    operation: WriteOperation,
    options: CallOptions | undefined,
  ): Promise<WriteResult> {
    const [result] = await this.host.write([operation], options);
    return result ?? { count: 0 };
  }

  insert(key: string, value: V, options?: CallOptions): Promise<void> {
    return this.set("insert", { key, value, ifVersion: undefined }, options);
  }

  put(key: string, value: V, options?: WriteOptions): Promise<void> {
    return this.set("put", { key, value, ifVersion: options?.ifVersion }, options);
  }

  private set(
    operation: "insert" | "put",
    record: { readonly key: string; readonly value: V; readonly ifVersion: string | undefined },
    options: CallOptions | undefined,
  ): Promise<void> {
    const taken = capture(() =>
      this.putOperation(record.key, record.value, operation === "insert"),
    );
    return this.run(operation, options, () => {
      const put = { ...taken(), ifVersion: record.ifVersion };
      return this.writeAll([put], [put], options);
    });
  }

  /** Writes what the collection's schema has nothing against. */
  private writeAll(
    operations: readonly WriteOperation[],
    records: readonly KeyedValue[],
    options: CallOptions | undefined,
  ): MaybePromise<void> {
    const write = (): MaybePromise<void> => chain(this.host.write(operations, options), nothing);
    // Without a schema nothing is waited for, so that writes reach the store in the order of the calls.
    return this.definition.schema === undefined ? write() : this.validate(records).then(write);
  }

  private putOperation(key: string, value: V, insert: boolean): WriteOperation & { type: "put" } {
    const { definition } = this;
    const checked = checkShape(definition, checkKey(key), value);
    return {
      type: "put",
      collection: definition,
      key,
      value: checked,
      insert,
      ifVersion: undefined,
    };
  }

  private async validate(records: readonly KeyedValue[]): Promise<void> {
    for (const { key, value } of records) await checkRecord(this.definition, key, value);
  }

  patch(key: string, members: Partial<V>, options?: WriteOptions): Promise<V> {
    const taken = capture(() => normaliseValue(members));
    return this.run("patch", options, () => {
      const patch = taken();
      if (!isJsonObject(patch)) throw this.notObject(key, "the patch");
      return this.updated(key, options, (current = {}) => {
        if (!isJsonObject(current)) throw this.notObject(key, "the record");
        return { ...current, ...patch };
      });
    });
  }

  private notObject(key: string, what: string): StorageError {
    const where = `collection "${this.definition.name}", key ${JSON.stringify(key)}`;
    return new StorageError(
      "INVALID_VALUE",
      `${where}: ${what} is no object and has no members to merge`,
    );
  }

  async update(
    key: string,
    change: (current: V | undefined) => V,
    options?: CallOptions,
  ): Promise<V> {
    let failure: { readonly error: unknown } | undefined;
    const guarded = (current: JsonValue | undefined): unknown => {
      failure = undefined;
      try {
        return change(current === undefined ? undefined : typedValue<V>(current));
      } catch (error) {
        failure = { error };
        throw error;
      }
    };
    try {
      return await this.run("update", options, () => this.updated(key, options, guarded));
    } catch (error) {
      // What the caller's own function threw is not ours to explain.
      throw failure === undefined ? error : failure.error;
    }
  }

  private async updated(
    key: string,
    options: WriteOptions | undefined,
    change: (current: JsonValue | undefined) => unknown,
  ): Promise<V> {
    const { definition } = this;
    const operation: Update = {
      type: "update",
      collection: definition,
      key: checkKey(key),
      ifVersion: options?.ifVersion,
      change: (current) => {
        const next = change(current === undefined ? undefined : cloneValue(current));
        if (next instanceof Promise) throw isAsync();
        return checkRecordNow(definition, key, next);
      },
    };
    const { value } = await this.writeOne(operation, options);
    if (value === undefined)
      throw new StorageError("IO_FAILED", "the driver did not say what it wrote");
    return typedValue<V>(cloneValue(value));
  }

  delete(key: string, options?: WriteOptions): Promise<boolean> {
    return this.run("delete", options, async () => {
      const { count } = await this.writeOne(this.deletion(key, options?.ifVersion), options);
      return count > 0;
    });
  }

  private deletion(key: string, ifVersion: string | undefined): WriteOperation {
    return { type: "delete", collection: this.definition, key: checkKey(key), ifVersion };
  }

  clear(options?: CallOptions): Promise<number> {
    return this.run("clear", options, async () => {
      const { count } = await this.writeOne(
        { type: "clear", collection: this.definition },
        options,
      );
      return count;
    });
  }

  replaceAll(entries: Entries<V>, options?: CallOptions): Promise<void> {
    const taken = capture(() => {
      const values = new Map<string, JsonValue>();
      for (const [key, value] of entries)
        values.set(checkKey(key), checkShape(this.definition, key, value));
      return Array.from(values, ([key, value]) => ({ key, value }));
    });
    return this.run("replaceAll", options, () => {
      const entries = taken();
      const replacement = { type: "replaceAll", collection: this.definition, entries } as const;
      return this.writeAll([replacement], entries, options);
    });
  }

  putMany(entries: Entries<V>, options?: CallOptions): Promise<void> {
    const taken = capture(() => {
      const puts: ReturnType<typeof this.putOperation>[] = [];
      for (const [key, value] of entries) puts.push(this.putOperation(key, value, false));
      return puts;
    });
    return this.run("putMany", options, () => {
      const operations = taken();
      return operations.length === 0 ? undefined : this.writeAll(operations, operations, options);
    });
  }

  deleteMany(keys: readonly string[], options?: CallOptions): Promise<number> {
    const taken = capture(() => keys.map((key) => this.deletion(key, undefined)));
    return this.run("deleteMany", options, async () => {
      const operations = taken();
      const results = operations.length === 0 ? [] : await this.host.write(operations, options);
      return results.reduce((total, { count }) => total + count, 0);
    });
  }

  deleteExpired(nowMs: number = this.host.nowMs(), options?: CallOptions): Promise<number> {
    return this.run("deleteExpired", options, async () => {
      if (!Number.isFinite(nowMs))
        refuseQuery(this.definition, "deleteExpired takes milliseconds since 1970");
      if (this.definition.expiry === undefined) return 0;
      const operation = {
        type: "deleteExpired",
        collection: this.definition,
        atMs: nowMs,
      } as const;
      return (await this.writeOne(operation, options)).count;
    });
  }
}

function nothing(): void {}

function isAsync(): StorageError {
  return new StorageError(
    "INVALID_VALUE",
    "the function given to update() is asynchronous; wait for what it needs before, and return the value itself",
    { operation: "update" },
  );
}
