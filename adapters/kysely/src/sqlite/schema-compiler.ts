import type { CompiledQuery, Kysely } from "kysely";
import { columnOf, documentColumn, ownColumns, type TableLayout } from "../layout/table-layout.ts";
import type { Slot } from "../layout/column.ts";
import { quote } from "../sql/statement.ts";
import { collectionsTable } from "./books.ts";

type KyselyModule = typeof import("kysely");

/** An index we keep on a table. */
export interface IndexPlan {
  readonly name: string;
  readonly sql: string;
}

const largest = Number.MAX_SAFE_INTEGER;

/** Guards columns whose type alone would let a shell store what no record can hold. */
function guardOf({ column, codec, verbatim }: Slot): string | undefined {
  if (codec.type !== "INTEGER") return undefined;
  return verbatim
    ? `${quote(column)} BETWEEN ${-largest} AND ${largest}`
    : `${quote(column)} IN (0, 1)`;
}

/**
 * Compiles the tables and indexes of collections with Kysely. Loaded only where a schema has to
 * change, because Kysely takes longer to load than a database to open.
 */
export class SchemaCompiler {
  private readonly kysely: KyselyModule;
  private readonly db: Kysely<unknown>;

  private constructor(kysely: KyselyModule) {
    this.kysely = kysely;
    this.db = new kysely.Kysely<unknown>({
      dialect: {
        createAdapter: () => new kysely.SqliteAdapter(),
        createDriver: () => new kysely.DummyDriver(),
        createIntrospector: (db) => new kysely.SqliteIntrospector(db),
        createQueryCompiler: () => new kysely.SqliteQueryCompiler(),
      },
    });
  }

  static async load(): Promise<SchemaCompiler> {
    return new SchemaCompiler(await import("kysely"));
  }

  private text(query: { compile(): CompiledQuery }): string {
    return query.compile().sql;
  }

  /** The tables in which the adapter keeps its books. */
  books(versionTable: string): string[] {
    const { schema } = this.db;
    const { sql } = this.kysely;
    const versions = schema
      .createTable(versionTable)
      .addColumn("version", "integer", (column) => column.primaryKey())
      .addColumn("applied_at", "text", (column) => column.notNull())
      .modifyEnd(sql`strict`);
    const collections = schema
      .createTable(collectionsTable)
      .addColumn("name", "text", (column) => column.primaryKey().notNull())
      .addColumn("definition", "text", (column) => column.notNull())
      .addColumn("touched", "integer", (column) => column.notNull())
      .modifyEnd(sql`strict`);
    return [this.text(versions), this.text(collections)];
  }

  table(layout: TableLayout): string {
    const { sql } = this.kysely;
    let table = this.db.schema
      .createTable(layout.name)
      .addColumn(ownColumns.position, "integer", (column) => column.primaryKey())
      .addColumn(layout.keyColumn, "text", (column) => column.notNull());
    for (const slot of layout.slots.filter(({ cell }) => cell > 0)) {
      const guard = guardOf(slot);
      table = table.addColumn(slot.column, sql.raw(slot.codec.type.toLowerCase()), (column) =>
        guard === undefined ? column : column.check(sql.raw(guard)),
      );
    }
    table = layout.document
      ? table.addColumn(documentColumn(layout.definition), "text", (column) => column.notNull())
      : table.addColumn(ownColumns.rest, "text");
    if (layout.searched) table = table.addColumn(ownColumns.search, "text");
    return this.text(table.modifyEnd(sql`strict`));
  }

  /** The index by which records are found by key; without it nothing else works. */
  keyIndex(layout: TableLayout): IndexPlan {
    return this.index(layout, `${layout.name}$key`, { columns: [layout.keyColumn], unique: true });
  }

  /** All other indexes over plain columns. */
  indexes(layout: TableLayout): IndexPlan[] {
    const { definition, name } = layout;
    const columnsOf = (fields: readonly Parameters<typeof columnOf>[1][]): string[] =>
      fields.map((field) => columnOf(layout, field));
    const unique = definition.unique.map(({ fields }) => {
      const columns = columnsOf(fields);
      return this.index(layout, `${name}$unique$${columns.join("$")}`, { columns, unique: true });
    });
    const plain = definition.indexes.map((fields) => {
      const columns = columnsOf(fields);
      // The key comes last, as in every order, so that pages are ranges of the index.
      const ordered = columns.includes(layout.keyColumn) ? columns : [...columns, layout.keyColumn];
      return this.index(layout, `${name}$index$${columns.join("$")}`, {
        columns: ordered,
        unique: false,
      });
    });
    return [...unique, ...plain];
  }

  private index(
    layout: TableLayout,
    name: string,
    { columns, unique }: { readonly columns: readonly string[]; readonly unique: boolean },
  ): IndexPlan {
    const builder = this.db.schema
      .createIndex(name)
      .on(layout.name)
      .columns([...columns]);
    return { name, sql: this.text(unique ? builder.unique() : builder) };
  }

  rename(from: string, to: string): string {
    return this.text(this.db.schema.alterTable(from).renameTo(to));
  }

  dropTable(name: string): string {
    return this.text(this.db.schema.dropTable(name));
  }
}
