import {
  alreadyExists,
  checkVersion,
  isExpired,
  type JsonValue,
  type WriteOperation,
  type WriteResult,
} from "@cutover/core";
import type { SqlTable } from "../driver/sql-table.ts";
import type { Answer, Effect } from "./effect.ts";

/** Records as they lie in the tables that were read; undefined for one that is not there. */
export type Found = ReadonlyMap<SqlTable, ReadonlyMap<string, JsonValue>>;

/** True of an operation that cannot be carried out without knowing what is there. */
export function needsReading(operation: WriteOperation, alone: boolean): boolean {
  if (operation.type === "update") return true;
  if (operation.type === "put")
    return operation.ifVersion !== undefined || (operation.insert && !alone);
  if (operation.type !== "delete") return false;
  return operation.ifVersion !== undefined || operation.collection.expiry !== undefined;
}

/** What one caller's operations come down to. */
export interface Evaluated {
  readonly effects: readonly Effect[];
  /** One for each operation. */
  readonly answers: readonly Answer[];
}

/** The answers of operations, once the server's have been filled in. */
export function resultsOf({ answers }: Evaluated): WriteResult[] {
  return answers.map(({ count, value, removed }) => ({
    count,
    ...(value === undefined ? {} : { value }),
    ...(removed === undefined || removed.length === 0 ? {} : { removed }),
  }));
}

/** How operations are to be carried out. */
export interface EvaluationOptions {
  readonly tableOf: (operation: WriteOperation) => SqlTable;
  readonly nowMs: number;
  /** Nothing was read, for nothing had to be; so nobody asks what an operation before has changed. */
  readonly direct: boolean;
}

/**
 * Works out what operations come down to. Their meaning is that of core's `applyOperation`: what
 * exists is checked first, then the version; what is unique is left to the database.
 */
export class Evaluation {
  private readonly found: Found;
  /** What callers before have changed; null for a record that is gone. */
  private readonly changed = new Map<SqlTable, Map<string, JsonValue | null>>();
  private readonly cleared = new Set<SqlTable>();

  constructor(found: Found) {
    this.found = found;
  }

  /** @throws StorageError ALREADY_EXISTS, VERSION_CONFLICT; what an update's function throws */
  evaluate(
    operations: readonly WriteOperation[],
    { tableOf, nowMs, direct }: EvaluationOptions,
  ): Evaluated {
    const part = new Part(this, nowMs, { direct, alone: direct && operations.length === 1 });
    for (const operation of operations) part.apply(tableOf(operation), operation);
    if (!direct) part.keep();
    return part;
  }

  lookUp(table: SqlTable, key: string): JsonValue | undefined {
    const changed = this.changed.get(table)?.get(key);
    if (changed !== undefined) return changed ?? undefined;
    return this.cleared.has(table) ? undefined : this.found.get(table)?.get(key);
  }

  /** Remembers what one caller has changed, for those after it. */
  remember(effects: readonly Effect[]): void {
    for (const effect of effects) {
      const changed = this.changed.get(effect.table) ?? new Map<string, JsonValue | null>();
      this.changed.set(effect.table, changed);
      if (effect.type === "put" || effect.type === "insert") changed.set(effect.key, effect.value);
      else if (effect.type === "delete") changed.set(effect.key, null);
      else if (effect.type === "clear") {
        changed.clear();
        this.cleared.add(effect.table);
      }
    }
  }
}

/** One caller's operations: an error leaves nothing of them. */
class Part implements Evaluated {
  readonly effects: Effect[] = [];
  readonly answers: Answer[] = [];
  private readonly all: Evaluation;
  private readonly nowMs: number;
  private readonly direct: boolean;
  private readonly alone: boolean;
  private readonly own = new Map<SqlTable, Map<string, JsonValue | null>>();
  private readonly cleared = new Set<SqlTable>();

  constructor(
    all: Evaluation,
    nowMs: number,
    how: { readonly direct: boolean; readonly alone: boolean },
  ) {
    this.all = all;
    this.nowMs = nowMs;
    this.direct = how.direct;
    this.alone = how.alone;
  }

  keep(): void {
    this.all.remember(this.effects);
  }

  private stored(table: SqlTable, key: string): JsonValue | undefined {
    const own = this.own.get(table)?.get(key);
    if (own !== undefined) return own ?? undefined;
    return this.cleared.has(table) ? undefined : this.all.lookUp(table, key);
  }

  private note(table: SqlTable, key: string, value: JsonValue | null): void {
    if (this.direct) return;
    const own = this.own.get(table) ?? new Map<string, JsonValue | null>();
    this.own.set(table, own.set(key, value));
  }

  /** What is there for everyone: an expired record is removed on the way, so that a new one is new. */
  private current(table: SqlTable, key: string, answer: Answer): JsonValue | undefined {
    const value = this.stored(table, key);
    if (value === undefined || !isExpired(table.definition, value, this.nowMs)) return value;
    this.remove(table, key, { answer, counts: false });
    (answer.removed ??= []).push(key);
    return undefined;
  }

  private remove(
    table: SqlTable,
    key: string,
    { answer, counts }: { readonly answer: Answer; readonly counts: boolean },
  ): void {
    this.effects.push({ type: "delete", table, key, answer, counts });
    this.note(table, key, null);
  }

  apply(table: SqlTable, operation: WriteOperation): void {
    const answer: Answer = { count: 0 };
    this.answers.push(answer);
    switch (operation.type) {
      case "put":
        return this.put(table, operation, answer);
      case "update": {
        const current = this.current(table, operation.key, answer);
        checkVersion(operation, current);
        answer.value = operation.change(current);
        return this.write(table, { key: operation.key, value: answer.value, answer });
      }
      case "delete":
        return this.delete(table, operation, answer);
      case "clear":
        return this.clear(table, answer, true);
      case "replaceAll":
        return this.replaceAll(table, operation, answer);
      default:
        if (table.definition.expiry !== undefined)
          this.effects.push({ type: "deleteExpired", table, answer, atMs: operation.atMs });
    }
  }

  private write(
    table: SqlTable,
    record: {
      readonly key: string;
      readonly value: JsonValue;
      readonly answer: Answer;
      readonly insert?: boolean;
    },
  ): void {
    const { key, value, answer, insert = false } = record;
    answer.count = 1;
    const type = insert ? "insert" : "put";
    this.effects.push({ type, table, key, value, answer, nowMs: this.nowMs });
    this.note(table, key, value);
  }

  private put(
    table: SqlTable,
    operation: WriteOperation & { readonly type: "put" },
    answer: Answer,
  ): void {
    const { key, value, insert } = operation;
    if (!needsReading(operation, this.alone)) {
      this.write(table, { key, value, answer, insert });
      return;
    }
    const current = this.current(table, key, answer);
    if (insert && current !== undefined) throw alreadyExists(table.definition, key, "key");
    checkVersion(operation, current);
    this.write(table, { key, value, answer });
  }

  private delete(
    table: SqlTable,
    operation: WriteOperation & { readonly type: "delete" },
    answer: Answer,
  ): void {
    if (!needsReading(operation, this.alone)) {
      this.remove(table, operation.key, { answer, counts: true });
      return;
    }
    const current = this.current(table, operation.key, answer);
    checkVersion(operation, current);
    if (current === undefined) return;
    answer.count = 1;
    this.remove(table, operation.key, { answer, counts: false });
  }

  private clear(table: SqlTable, answer: Answer, counts: boolean): void {
    this.effects.push({ type: "clear", table, answer, counts });
    this.own.delete(table);
    this.cleared.add(table);
  }

  private replaceAll(
    table: SqlTable,
    { entries }: WriteOperation & { readonly type: "replaceAll" },
    answer: Answer,
  ): void {
    this.clear(table, answer, false);
    // Each one that is prepended goes before the last.
    const prepends = table.definition.order === "prepend";
    for (const { key, value } of prepends ? entries.toReversed() : entries)
      this.write(table, { key, value, answer });
    answer.count = entries.length;
  }
}
