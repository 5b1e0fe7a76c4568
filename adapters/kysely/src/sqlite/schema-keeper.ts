import { StorageError } from "@cutover/core";
import type { SqlSession } from "../driver/sql-session.ts";
import { SqlTable } from "../driver/sql-table.ts";
import { ownColumns } from "../layout/table-layout.ts";
import { quote, quoteAll, statement, type SqlValue } from "../sql/statement.ts";
import { readValue } from "./pragmas.ts";
import { collectionsTable, SchemaCompiler } from "./schema-compiler.ts";
import { definitionText, storageShape, storedDefinition } from "./stored-definition.ts";
import { sqliteDialect, searchTable } from "./sqlite-dialect.ts";
import { TableBuilder } from "./table-builder.ts";

/** Marks a file as ours: "CUTV". */
export const applicationId = 0x43555456;
/** The layout this code writes. Older ones are migrated, newer ones are left alone. */
const layoutVersion = 1;
const batchRows = 500;

const listCollections = statement(`SELECT name, definition, touched FROM ${collectionsTable}`);
const saveCollection = statement(
  `INSERT INTO ${collectionsTable} (name, definition, touched) VALUES (?, ?, 0) ` +
    "ON CONFLICT (name) DO UPDATE SET definition = excluded.definition",
);
const touchCollection = statement(
  `UPDATE ${collectionsTable} SET touched = 1 WHERE name = ? AND touched = 0`,
);
const hasTable = statement(
  "SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = ?",
);
const readSchemaVersion = statement("PRAGMA schema_version");

interface StoredCollection {
  readonly definition: string;
  readonly touched: boolean;
}

/** Where the books of a database lie. */
export interface BookPlaces {
  /** A file of our own is marked as ours, and its version table has the name people look for. */
  readonly owned: boolean;
  readonly location: string;
  readonly nowMs: () => number;
}

/** Creates tables and lets them follow their definitions. */
export class SchemaKeeper {
  private readonly places: BookPlaces;
  private readonly versionTable: string;
  private schemaVersion: SqlValue | undefined;

  constructor(places: BookPlaces) {
    this.places = places;
    this.versionTable = places.owned ? "schema_version" : "_cutover_schema_version";
  }

  /** @throws StorageError FORMAT_TOO_NEW, CONFIG_INVALID when the database is not ours to use */
  async checkOwner(session: SqlSession): Promise<void> {
    if (await this.hasBooks(session)) await this.checkLayoutVersion(session);
    if (!this.places.owned) return;
    const id = await readValue(session, "PRAGMA application_id");
    const tables = Number(await readValue(session, "SELECT count(*) FROM sqlite_master"));
    if (id === applicationId || (id === 0 && tables === 0)) return;
    throw new StorageError(
      "CONFIG_INVALID",
      `${this.places.location} is a database of another application; choose another path, ` +
        "or open it yourself and hand it in as `database`",
    );
  }

  private async checkLayoutVersion(session: SqlSession): Promise<void> {
    const sql = `SELECT max(version) FROM ${quote(this.versionTable)}`;
    const found = Number(await readValue(session, sql));
    if (found <= layoutVersion) return;
    throw new StorageError(
      "FORMAT_TOO_NEW",
      `${this.places.location} has layout ${found}, this program knows ${layoutVersion}; upgrade it`,
    );
  }

  private async exists(session: SqlSession, table: string): Promise<boolean> {
    return (await session.get(hasTable, [table])) !== undefined;
  }

  private hasBooks(session: SqlSession): Promise<boolean> {
    return this.exists(session, collectionsTable);
  }

  private async stored(session: SqlSession): Promise<ReadonlyMap<string, StoredCollection>> {
    const found = new Map<string, StoredCollection>();
    if (!(await this.hasBooks(session))) return found;
    for (const [name, definition, touched] of await session.all(listCollections, [])) {
      found.set(String(name), { definition: String(definition), touched: touched === 1 });
    }
    return found;
  }

  /** True when the tables are there and were made by these definitions. */
  async isPrepared(session: SqlSession, tables: Iterable<SqlTable>): Promise<boolean> {
    const [version] = (await session.get(readSchemaVersion, [])) ?? [];
    const stored = await this.stored(session);
    for (const table of tables) {
      const found = stored.get(table.name);
      if (found?.definition !== definitionText(table.definition)) return false;
      if (found.touched) table.touched = true;
    }
    this.schemaVersion ??= version;
    return true;
  }

  /** @throws StorageError SCHEMA_OUTDATED when another program has changed the tables meanwhile */
  async checkUnchanged(session: SqlSession, tables: Iterable<SqlTable>): Promise<void> {
    const [version] = (await session.get(readSchemaVersion, [])) ?? [];
    if (version === this.schemaVersion) return;
    const ready = [...tables].filter((table) => table.ready);
    if (!(await this.isPrepared(session, ready))) {
      throw new StorageError(
        "SCHEMA_OUTDATED",
        `${this.places.location}: another program uses one of these collections with another definition; ` +
          "run the same version everywhere, then start this one again",
      );
    }
    this.schemaVersion = version;
  }

  async touch(session: SqlSession, table: SqlTable): Promise<void> {
    await session.run(touchCollection, [table.name]);
  }

  /** Makes tables fit their definitions. To be called inside a write transaction. */
  async prepare(session: SqlSession, tables: Iterable<SqlTable>): Promise<void> {
    const compiler = await SchemaCompiler.load();
    const builder = new TableBuilder(session, compiler, this.places.nowMs());
    await this.createBooks(session, builder, compiler);
    const stored = await this.stored(session);
    for (const table of tables) {
      const found = stored.get(table.name);
      const text = definitionText(table.definition);
      if (found?.definition === text) continue;
      if (found === undefined) await this.create(session, builder, table);
      else await this.evolve({ session, builder, compiler }, table, found.definition);
      await session.run(saveCollection, [table.name, text]);
    }
  }

  /** Creates everything but indexes, in a database that has nothing yet. */
  async createEmpty(
    session: SqlSession,
    builder: TableBuilder,
    compiler: SchemaCompiler,
    tables: Iterable<SqlTable>,
  ): Promise<void> {
    await this.createBooks(session, builder, compiler);
    for (const table of tables) {
      await builder.createTable(table);
      await session.run(saveCollection, [table.name, definitionText(table.definition)]);
    }
  }

  private async createBooks(
    session: SqlSession,
    builder: TableBuilder,
    compiler: SchemaCompiler,
  ): Promise<void> {
    if (await this.hasBooks(session)) return;
    for (const sql of compiler.books(this.versionTable)) await builder.run(sql);
    const applied = new Date(this.places.nowMs()).toISOString();
    const version = statement(`INSERT INTO ${quote(this.versionTable)} VALUES (?, ?)`);
    await session.run(version, [layoutVersion, applied]);
    if (this.places.owned) await builder.run(`PRAGMA application_id = ${applicationId}`);
  }

  private async create(session: SqlSession, builder: TableBuilder, table: SqlTable): Promise<void> {
    if (await this.exists(session, table.name)) {
      throw new StorageError(
        "CONFIG_INVALID",
        `${this.places.location} has a table "${table.name}" that is not a collection's; give the collection another name`,
        { collection: table.name },
      );
    }
    await builder.createTable(table);
    await builder.createIndexes(table);
  }

  private async evolve(
    tools: {
      readonly session: SqlSession;
      readonly builder: TableBuilder;
      readonly compiler: SchemaCompiler;
    },
    table: SqlTable,
    before: string,
  ): Promise<void> {
    const { session, builder, compiler } = tools;
    const { name } = table;
    if (storageShape(before, name) === storageShape(definitionText(table.definition), name)) {
      await builder.renewIndexes(table);
      return;
    }
    const old = new SqlTable(storedDefinition(before, name), sqliteDialect);
    await dropCompanions(session, builder, name);
    const aside = `${name}$before`;
    await builder.run(compiler.rename(name, aside));
    await builder.createTable(table);
    await copyRows(session, old, table, aside);
    await builder.run(compiler.dropTable(aside));
    await builder.createIndexes(table);
  }
}

/** Drops everything that hangs on a table: full-text index, triggers, indexes. */
async function dropCompanions(
  session: SqlSession,
  builder: TableBuilder,
  name: string,
): Promise<void> {
  const find = statement(
    "SELECT type, name FROM sqlite_master WHERE tbl_name = ? AND type IN ('trigger', 'index') AND instr(name, ?) = 1",
  );
  for (const [type, companion] of await session.all(find, [name, `${name}$`])) {
    await builder.run(`DROP ${String(type)} ${quote(String(companion))}`);
  }
  await builder.run(`DROP TABLE IF EXISTS ${quote(searchTable(name))}`);
}

/** Reads every record in its old layout and writes it in the new one, places kept. */
async function copyRows(
  session: SqlSession,
  old: SqlTable,
  table: SqlTable,
  aside: string,
): Promise<void> {
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
    const last = rows.at(-1)?.[0] ?? null;
    rows = await session.all(read, [last]);
  }
}
