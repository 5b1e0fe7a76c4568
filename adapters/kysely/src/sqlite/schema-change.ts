import { StorageError } from "@cutover/core";
import type { SqlSession } from "../driver/sql-session.ts";
import { SqlTable } from "../driver/sql-table.ts";
import { ownColumns } from "../layout/table-layout.ts";
import { quote, quoteAll, statement } from "../sql/statement.ts";
import {
  applicationId,
  collectionsTable,
  layoutVersion,
  storedCollections,
  tableExists,
  versionTable,
  type BookPlaces,
} from "./books.ts";
import { definitionText } from "../layout/definition-text.ts";
import { SchemaCompiler } from "./schema-compiler.ts";
import { searchTable, sqliteDialect } from "./sqlite-dialect.ts";
import { storageShape, storedDefinition } from "../layout/stored-definition.ts";
import { TableBuilder } from "./table-builder.ts";

const batchRows = 500;
const saveCollection = statement(
  `INSERT INTO ${collectionsTable} (name, definition, touched) VALUES (?, ?, 0) ` +
    "ON CONFLICT (name) DO UPDATE SET definition = excluded.definition",
);

/** Creates tables, and rebuilds them where their definition has changed. */
export class SchemaChange {
  readonly builder: TableBuilder;
  private readonly session: SqlSession;
  private readonly places: BookPlaces;
  private readonly compiler: SchemaCompiler;

  private constructor(session: SqlSession, places: BookPlaces, compiler: SchemaCompiler) {
    this.session = session;
    this.places = places;
    this.compiler = compiler;
    this.builder = new TableBuilder(session, compiler, places.nowMs());
  }

  static async load(session: SqlSession, places: BookPlaces): Promise<SchemaChange> {
    return new SchemaChange(session, places, await SchemaCompiler.load());
  }

  /** Makes tables fit their definitions. To be called inside a write transaction. */
  async prepare(tables: Iterable<SqlTable>): Promise<void> {
    await this.createBooks();
    const stored = await storedCollections(this.session);
    for (const table of tables) {
      const before = stored.get(table.name)?.definition;
      if (before === definitionText(table.definition)) continue;
      if (before === undefined) await this.create(table);
      else await this.evolve(table, before);
      await this.save(table);
    }
  }

  /** Creates everything but indexes, in a database that has nothing yet. */
  async createEmpty(tables: Iterable<SqlTable>): Promise<void> {
    await this.createBooks();
    for (const table of tables) {
      await this.builder.createTable(table);
      await this.save(table);
    }
  }

  private async save(table: SqlTable): Promise<void> {
    await this.session.run(saveCollection, [table.name, definitionText(table.definition)]);
  }

  private async createBooks(): Promise<void> {
    const { session, builder, places } = this;
    if (await tableExists(session, collectionsTable)) return;
    const versions = versionTable(places);
    for (const sql of this.compiler.books(versions)) await builder.run(sql);
    const applied = new Date(places.nowMs()).toISOString();
    const insert = statement(`INSERT INTO ${quote(versions)} VALUES (?, ?)`);
    await session.run(insert, [layoutVersion, applied]);
    if (places.owned) await builder.run(`PRAGMA application_id = ${applicationId}`);
  }

  private async create(table: SqlTable): Promise<void> {
    if (await tableExists(this.session, table.name)) {
      throw new StorageError(
        "CONFIG_INVALID",
        `${this.places.location} has a table "${table.name}" that is not a collection's; give the collection another name`,
        { collection: table.name },
      );
    }
    await this.builder.createTable(table);
    await this.builder.createIndexes(table);
  }

  private async evolve(table: SqlTable, before: string): Promise<void> {
    const { builder, compiler } = this;
    const { name } = table;
    if (storageShape(before, name) === storageShape(definitionText(table.definition), name)) {
      await builder.renewIndexes(table);
      return;
    }
    const old = new SqlTable(storedDefinition(before, name), sqliteDialect);
    const aside = `${name}$before`;
    await this.dropCompanions(name);
    await builder.run(compiler.rename(name, aside));
    await builder.createTable(table);
    await this.copyRows(old, table, aside);
    await builder.run(compiler.dropTable(aside));
    await builder.createIndexesOver(table);
  }

  /** Drops everything that hangs on a table: full-text index, triggers, indexes. */
  private async dropCompanions(name: string): Promise<void> {
    const find = statement(
      "SELECT type, name FROM sqlite_master " +
        "WHERE tbl_name = ? AND type IN ('trigger', 'index') AND instr(name, ?) = 1",
    );
    for (const [type, companion] of await this.session.all(find, [name, `${name}$`])) {
      await this.builder.run(`DROP ${String(type)} ${quote(String(companion))}`);
    }
    await this.builder.run(`DROP TABLE IF EXISTS ${quote(searchTable(name))}`);
  }

  /** Reads every record in its old layout and writes it in the new one, places kept. */
  private async copyRows(old: SqlTable, table: SqlTable, aside: string): Promise<void> {
    const { session } = this;
    const position = quote(ownColumns.position);
    const read = statement(
      `SELECT ${position}, ${quoteAll(old.layout.columns)} FROM ${quote(aside)} ` +
        `WHERE ${position} > ? ORDER BY ${position} LIMIT ${batchRows}`,
    );
    let rows = await session.all(read, [Number.MIN_SAFE_INTEGER]);
    while (rows.length > 0) {
      for (const [place = null, ...cells] of rows) {
        const written = table.codec.encode(old.codec.keyOf(cells), old.codec.decode(cells));
        await session.run(table.statements.insertAt, [place, ...written]);
      }
      rows = await session.all(read, [rows.at(-1)?.[0] ?? null]);
    }
  }
}
