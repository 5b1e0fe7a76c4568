import {
  chain,
  isExpired,
  type AggregatePlan,
  type AggregateRow,
  type JsonValue,
  type KeyedValue,
  type MaybePromise,
  type Selection,
} from "@cutover/core";
import { aggregateQuery, aggregateRow } from "../sql/aggregate.ts";
import { countQuery, scanQuery, selectQuery, type ScanRange } from "../sql/select.ts";
import type { Row } from "../sql/statement.ts";
import type { SqlSession } from "./sql-session.ts";
import type { SqlTable } from "./sql-table.ts";

/** One batch of a scan and where the next one begins. */
export interface ScanBatch {
  readonly records: readonly KeyedValue[];
  readonly next: number | undefined;
}

/** Answers reads on one session. */
export class SqlReads {
  readonly session: SqlSession;

  constructor(session: SqlSession) {
    this.session = session;
  }

  get(table: SqlTable, key: string, nowMs: number): MaybePromise<JsonValue | undefined> {
    return chain(this.session.get(table.statements.get, [key]), (row) =>
      row === undefined ? undefined : this.alive(table, table.codec.decodeKeyed(row, key), nowMs),
    );
  }

  private alive({ definition }: SqlTable, value: JsonValue, nowMs: number): JsonValue | undefined {
    return definition.expiry !== undefined && isExpired(definition, value, nowMs)
      ? undefined
      : value;
  }

  getMany(
    table: SqlTable,
    keys: readonly string[],
    nowMs: number,
  ): MaybePromise<Map<string, JsonValue>> {
    if (keys.length === 0) return new Map();
    const { codec, dialect, statements } = table;
    const { getListed, getMany } = statements;
    return chain(this.session.all(getListed ?? getMany, [dialect.listParameter(keys)]), (rows) => {
      const found = getListed === undefined ? codec.byKey(rows) : codec.listed(rows, keys);
      return withoutExpired(table, found, nowMs);
    });
  }

  select(table: SqlTable, selection: Selection): MaybePromise<KeyedValue[]> {
    const query = selectQuery(selection, table);
    if (query === undefined) return [];
    const statement = table.shapes.of(query.shape, query.build);
    return chain(this.session.all(statement, query.parameters), (rows) =>
      table.codec.records(query.unordered ? byPosition(table, rows) : rows),
    );
  }

  count(table: SqlTable, selection: Selection): MaybePromise<number> {
    const { shape, build, parameters } = countQuery(selection, table);
    const row = this.session.get(table.shapes.of(shape, build), parameters);
    return chain(row, (cells) => Number(cells?.[0] ?? 0));
  }

  aggregate(
    table: SqlTable,
    selection: Selection,
    plan: AggregatePlan,
  ): MaybePromise<AggregateRow[]> {
    const { shape, build, parameters } = aggregateQuery(selection, plan, table);
    return chain(this.session.all(table.shapes.of(shape, build), parameters), (rows) =>
      rows.map((row) => aggregateRow(plan, row)),
    );
  }

  /** First and last position of a table, or undefined where it is empty. */
  bounds(table: SqlTable): MaybePromise<readonly [low: number, high: number] | undefined> {
    return chain(this.session.get(table.statements.bounds, []), (row) => {
      const [low, high] = row ?? [];
      return typeof low === "number" && typeof high === "number" ? [low, high] : undefined;
    });
  }

  scan(table: SqlTable, selection: Selection, range: ScanRange): MaybePromise<ScanBatch> {
    const { shape, build, parameters } = scanQuery(selection, table, range);
    return chain(this.session.all(table.shapes.of(shape, build), parameters), (rows) => {
      const last = rows.at(-1)?.[table.layout.columns.length];
      const next = rows.length < range.limit ? undefined : Number(last);
      return { records: table.codec.records(rows), next };
    });
  }
}

function withoutExpired(
  { definition }: SqlTable,
  found: Map<string, JsonValue>,
  nowMs: number,
): Map<string, JsonValue> {
  if (definition.expiry === undefined) return found;
  for (const [key, value] of found) if (isExpired(definition, value, nowMs)) found.delete(key);
  return found;
}

/** Rows by their position, which is their last cell. They often come so, and need no sorting then. */
function byPosition(table: SqlTable, rows: readonly Row[]): readonly Row[] {
  const cell = table.layout.columns.length;
  const position = (row: Row | undefined): number => Number(row?.[cell]);
  const sorted = rows.every(
    (row, index) => index === 0 || position(rows[index - 1]) < position(row),
  );
  return sorted ? rows : rows.toSorted((left, right) => position(left) - position(right));
}
