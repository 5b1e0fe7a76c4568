import type { Field } from "@cutover/core";
import type { SqlTable } from "../driver/sql-table.ts";
import { columnOf } from "../layout/table-layout.ts";
import { quote, statement, type Statement } from "../sql/statement.ts";
import type { Books } from "./books.ts";
import { step, type Step } from "./link.ts";
import type { PgReader } from "./pg-reader.ts";
import { uniqueIndexName, plainIndexName } from "./schema-compiler.ts";

const isText = ({ kind, as }: Field): boolean =>
  kind === "text" || (kind === "timestamp" && as?.startsWith("epoch") !== true);

function uniqueSql(table: SqlTable, name: string, fields: readonly Field[]): string {
  const columns = fields.map((field) => quote(columnOf(table.layout, field)));
  const [only = ""] = columns;
  const term =
    columns.length === 1 ? only : `(ARRAY[${columns.map((it) => `${it}::text`).join(", ")}])`;
  const filled = columns.map((column) => `${column} IS NOT NULL`).join(" AND ");
  return (
    `ALTER TABLE ${table.dialect.table(table.name)} ADD CONSTRAINT ${quote(name)} ` +
    `EXCLUDE USING hash (${term} WITH =) WHERE (${filled})`
  );
}

function plainSql(table: SqlTable, name: string, fields: readonly Field[]): string {
  const text = fields.find(isText) ?? fields[0];
  const column = text === undefined ? table.layout.keyColumn : columnOf(table.layout, text);
  return `CREATE INDEX ${quote(name)} ON ${table.dialect.table(table.name)} USING spgist (${quote(column)})`;
}

/** The index that takes texts of any length in the place of another, which finds more quickly. */
export function wideIndexSql(table: SqlTable, name: string): string | undefined {
  const { unique, indexes } = table.definition;
  const constraint = unique.find(({ fields }) => uniqueIndexName(table.layout, fields) === name);
  if (constraint !== undefined) return uniqueSql(table, name, constraint.fields);
  const fields = indexes.find((group) => plainIndexName(table.layout, group) === name);
  return fields === undefined ? undefined : plainSql(table, name, fields);
}

const method: Statement = statement(
  "SELECT am.amname FROM pg_catalog.pg_class AS index JOIN pg_catalog.pg_am AS am ON am.oid = index.relam " +
    "WHERE index.oid = to_regclass(?)",
);

const once = (text: string): Step => ({ ...step(statement(text)), once: true });

/** Declared indexes that a long text may be too much for. */
function textIndexes(table: SqlTable): string[] {
  const { unique, indexes } = table.definition;
  return [
    ...unique
      .filter(({ fields }) => fields.some(isText))
      .map(({ fields }) => uniqueIndexName(table.layout, fields)),
    ...indexes
      .filter((fields) => fields.some(isText))
      .map((it) => plainIndexName(table.layout, it)),
  ];
}

/**
 * Replaces an index by a wide one, once, whoever comes first; all that hold texts where it is not
 * known which one refused.
 *
 * @throws StorageError
 */
export async function widen(
  table: SqlTable,
  refusing: string | undefined,
  { reader, books }: { readonly reader: PgReader; readonly books: Books },
): Promise<void> {
  for (const name of textIndexes(table)) {
    const sql = wideIndexSql(table, name);
    if (sql === undefined || (refusing !== undefined && refusing !== name)) continue;
    const index = table.dialect.table(name);
    const [known] = (await reader.get(method, [index])) ?? [];
    if (known !== "btree") continue;
    await reader.send([
      ...books.turns.lockSchema,
      once(`DROP INDEX IF EXISTS ${index}`),
      once(sql),
    ]);
  }
}
