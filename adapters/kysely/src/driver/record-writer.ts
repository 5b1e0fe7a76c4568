import {
  alreadyExists,
  chain,
  checkVersion,
  fieldScalar,
  isExpired,
  type CollectionDefinition,
  type JsonValue,
  type MaybePromise,
  type UniqueConstraint,
  type WriteOperation,
  type WriteResult,
} from "@cutover/core";
import { bindExpiry } from "../sql/expiry.ts";
import type { SqlValue, Statement } from "../sql/statement.ts";
import type { SqlSession } from "./sql-session.ts";
import type { SqlTable } from "./sql-table.ts";

type Operation<T extends WriteOperation["type"]> = WriteOperation & { readonly type: T };

/** What a {@link RecordWriter} works with. */
export interface WriterContext {
  readonly session: SqlSession;
  readonly tableOf: (collection: CollectionDefinition) => SqlTable;
  /** True when the database refused a row because of a unique index. */
  readonly isClash: (error: unknown) => boolean;
  /** Records that a collection was written to. */
  readonly touch: (table: SqlTable) => Promise<void>;
}

/** Operations that write nothing where they find nothing. */
const removals: ReadonlySet<WriteOperation["type"]> = new Set(["delete", "deleteExpired"]);

const written: WriteResult = { count: 1 };
const onePut = (): WriteResult => written;

function isPlainPut(table: SqlTable, { insert, ifVersion }: Operation<"put">): boolean {
  const { expiry, unique } = table.definition;
  return !insert && ifVersion === undefined && expiry === undefined && unique.length === 0;
}

/**
 * Applies operations inside a transaction that somebody else began. Their meaning is that of
 * core's `applyOperation`: what exists is checked first, then the version, then what is unique.
 */
export class RecordWriter {
  private readonly context: WriterContext;
  private readonly session: SqlSession;
  private readonly nowMs: number;
  /** Keys of expired records that the operation under way has removed. */
  private removed: string[] = [];
  /** That of the operation before, which is nearly always the one that is asked for. */
  private table: SqlTable | undefined;

  constructor(context: WriterContext, nowMs: number) {
    this.context = context;
    this.session = context.session;
    this.nowMs = nowMs;
  }

  /**
   * Answers at once where the session does: a batch has no time to wait between its records.
   *
   * @throws StorageError ALREADY_EXISTS, VERSION_CONFLICT; what an update's function throws
   */
  apply(operation: WriteOperation): MaybePromise<WriteResult> {
    const table = this.tableOf(operation.collection);
    const result = this.withRemoved(this.dispatch(table, operation));
    if (table.touched) return result;
    return chain(result, async (done) => {
      if (done.count > 0 || !removals.has(operation.type)) await this.context.touch(table);
      return done;
    });
  }

  private tableOf(collection: CollectionDefinition): SqlTable {
    if (this.table?.definition !== collection) this.table = this.context.tableOf(collection);
    return this.table;
  }

  private withRemoved(result: MaybePromise<WriteResult>): MaybePromise<WriteResult> {
    if (!(result instanceof Promise)) return result;
    return result.then((done) => {
      if (this.removed.length === 0) return done;
      const { removed } = this;
      this.removed = [];
      return { ...done, removed };
    });
  }

  private dispatch(table: SqlTable, operation: WriteOperation): MaybePromise<WriteResult> {
    switch (operation.type) {
      case "put":
        return isPlainPut(table, operation)
          ? this.putPlain(table, operation)
          : this.put(table, operation);
      case "update":
        return this.update(table, operation);
      case "delete":
        return this.delete(table, operation);
      case "clear":
        return this.clear(table);
      case "replaceAll":
        return this.replaceAll(table, operation);
      default:
        return this.deleteExpired(table, operation);
    }
  }

  /** A put that has nothing to look at first and nothing to clash with. */
  private putPlain(table: SqlTable, { key, value }: Operation<"put">): MaybePromise<WriteResult> {
    const cells = table.codec.encode(key, value);
    const { upsertNarrow, upsert } = table.statements;
    const { session } = this;
    if (upsertNarrow === undefined) return chain(session.run(upsert, cells), onePut);
    const changed = session.run(upsertNarrow, cells);
    if (typeof changed === "number")
      return changed > 0 ? written : chain(session.run(upsert, cells), onePut);
    return changed.then((count) =>
      count > 0 ? written : chain(session.run(upsert, cells), onePut),
    );
  }

  /** What is there for everyone: an expired record is removed on the way, so that a new one is new. */
  private async current(table: SqlTable, key: string): Promise<JsonValue | undefined> {
    const row = await this.session.get(table.statements.get, [key]);
    if (row === undefined) return undefined;
    const value = table.codec.decodeKeyed(row, key);
    if (!isExpired(table.definition, value, this.nowMs)) return value;
    await this.session.run(table.statements.remove, [key]);
    this.removed.push(key);
    return undefined;
  }

  private async put(table: SqlTable, operation: Operation<"put">): Promise<WriteResult> {
    const { key, value, insert, ifVersion } = operation;
    if (table.definition.expiry !== undefined || ifVersion !== undefined) {
      const current = await this.current(table, key);
      if (insert && current !== undefined) throw alreadyExists(table.definition, key, "key");
      checkVersion(operation, current);
    }
    if (insert) await this.insert(table, key, value);
    else await this.upsert(table, key, value);
    return { count: 1 };
  }

  private async insert(table: SqlTable, key: string, value: JsonValue): Promise<void> {
    const cells = table.codec.encode(key, value);
    const inserted = await this.unclashed(table, { key, value, insert: true }, () =>
      this.session.run(table.statements.insert, cells),
    );
    if (inserted === 0) throw alreadyExists(table.definition, key, "key");
  }

  private async upsert(table: SqlTable, key: string, value: JsonValue): Promise<void> {
    const cells = table.codec.encode(key, value);
    const { upsertNarrow, upsert } = table.statements;
    const write = async (statement: Statement): Promise<number> => {
      const run = (): number | Promise<number> => this.session.run(statement, cells);
      return table.definition.unique.length === 0
        ? run()
        : this.unclashed(table, { key, value, insert: false }, run);
    };
    if (upsertNarrow !== undefined && (await write(upsertNarrow)) > 0) return;
    await write(upsert);
  }

  /** Runs a write; where it clashes with expired records only, they go and it runs again. */
  private async unclashed<T>(
    table: SqlTable,
    record: { readonly key: string; readonly value: JsonValue; readonly insert: boolean },
    write: () => T | Promise<T>,
  ): Promise<T> {
    const attempt = (): T | Promise<T> => this.session.guarded?.(write) ?? write();
    try {
      return await attempt();
    } catch (error) {
      if (!this.context.isClash(error)) throw error;
      const { key, insert } = record;
      if (insert && (await this.current(table, key)) !== undefined)
        throw alreadyExists(table.definition, key, "key");
      if (!(await this.removeExpiredOwners(table, record))) throw error;
      return await write();
    }
  }

  /**
   * Finds who holds what a record claims, in the order of the constraints.
   *
   * @returns whether somebody expired had to go
   * @throws StorageError ALREADY_EXISTS when a living record holds it
   */
  private async removeExpiredOwners(
    table: SqlTable,
    record: { readonly key: string; readonly value: JsonValue },
  ): Promise<boolean> {
    let removed = false;
    for (const constraint of table.definition.unique) {
      const owner = await this.owner(table, constraint, record);
      if (owner === undefined || owner === record.key) continue;
      if ((await this.current(table, owner)) !== undefined)
        throw alreadyExists(table.definition, record.key, constraint.name);
      removed = true;
    }
    return removed;
  }

  private async owner(
    table: SqlTable,
    constraint: UniqueConstraint,
    record: { readonly key: string; readonly value: JsonValue },
  ): Promise<string | undefined> {
    const claim: SqlValue[] = [];
    for (const field of constraint.fields) {
      const scalar = fieldScalar(field, record.key, record.value);
      if (scalar === null) return undefined;
      claim.push(table.dialect.operandOf(field, "eq", scalar));
    }
    const row = await this.session.get(table.ownerOf(constraint.fields), claim);
    return row === undefined ? undefined : table.codec.keyOf(row);
  }

  private async update(table: SqlTable, operation: Operation<"update">): Promise<WriteResult> {
    const current = await this.current(table, operation.key);
    checkVersion(operation, current);
    const value = operation.change(current);
    await this.upsert(table, operation.key, value);
    return { count: 1, value };
  }

  private async delete(table: SqlTable, operation: Operation<"delete">): Promise<WriteResult> {
    const { key, ifVersion } = operation;
    if (table.definition.expiry !== undefined || ifVersion !== undefined) {
      const current = await this.current(table, key);
      checkVersion(operation, current);
      if (current === undefined) return { count: 0 };
    }
    return { count: await this.session.run(table.statements.remove, [key]) };
  }

  private async clear(table: SqlTable): Promise<WriteResult> {
    return { count: await this.session.run(table.statements.clear, []) };
  }

  private async replaceAll(
    table: SqlTable,
    operation: Operation<"replaceAll">,
  ): Promise<WriteResult> {
    const { entries } = operation;
    const [low = 1, high = 0] = (await this.session.get(table.statements.bounds, [])) ?? [];
    await this.session.run(table.statements.clear, []);
    // Positions go on from where they were, so that a scan under way meets no record twice.
    const prepends = table.definition.order === "prepend";
    let position = prepends ? Number(low ?? 1) - entries.length - 1 : Number(high ?? 0);
    for (const { key, value } of entries) {
      const cells = [++position, ...table.codec.encode(key, value)];
      await this.unclashed(table, { key, value, insert: false }, () =>
        this.session.run(table.statements.insertAt, cells),
      );
    }
    const { tidySearch } = table.statements;
    if (tidySearch !== undefined) await this.session.run(tidySearch, []);
    return { count: entries.length };
  }

  private async deleteExpired(
    table: SqlTable,
    operation: Operation<"deleteExpired">,
  ): Promise<WriteResult> {
    const { removeExpired } = table.statements;
    if (removeExpired === undefined) return { count: 0 };
    const parameters: SqlValue[] = [];
    bindExpiry(table, operation.atMs, parameters);
    const rows = await this.session.all(removeExpired, parameters);
    const removed = rows.map((row) => table.codec.keyOf(row));
    return { count: removed.length, removed };
  }
}
