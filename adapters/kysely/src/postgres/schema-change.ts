import { StorageError } from "@cutover/core";
import { SqlTable } from "../driver/sql-table.ts";
import { removeExpiredNow } from "../driver/expired.ts";
import { patienceMs } from "../driver/patience.ts";
import { definitionText } from "../layout/definition-text.ts";
import { storageShape, storedDefinition } from "../layout/stored-definition.ts";
import { ownColumns } from "../layout/table-layout.ts";
import type { Dialect } from "../sql/dialect.ts";
import { quote, quoteAll, statement } from "../sql/statement.ts";
import { layoutVersion, type Books } from "./books.ts";
import { definitionDigest } from "./definition-digest.ts";
import type { EngineCapabilities } from "./engine.ts";
import { arrayLiteral } from "./array-literal.ts";
import { step } from "./link.ts";
import { shortName } from "./own-names.ts";
import { insertManyAt } from "./run-statements.ts";
import type { PgSession } from "./pg-session.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import { isClash, isMadeAlready, isTooLong } from "./postgres-error.ts";
import { wideIndexSql } from "./wide-index.ts";
import { SchemaCompiler, type IndexPlan } from "./schema-compiler.ts";

const batchRows = 500;

/** Creates tables, and rebuilds them where their definition has changed. */
export class SchemaChange {
  private readonly session: PgSession;
  private readonly books: Books;
  private readonly nowMs: number;
  private readonly compiler: SchemaCompiler;
  private readonly dialect: Dialect;

  constructor(
    session: PgSession,
    books: Books,
    { nowMs, capabilities }: { readonly nowMs: number; readonly capabilities: EngineCapabilities },
  ) {
    this.session = session;
    this.books = books;
    this.nowMs = nowMs;
    this.compiler = new SchemaCompiler(books.schema, capabilities);
    this.dialect = postgresDialect(books.schema, capabilities);
  }

  /** What gives no answer that anybody waits for goes out with the next statement that does. */
  private run(sql: string): void {
    this.session.defer({ ...step(statement(sql)), once: true });
  }

  /** Makes tables fit their definitions. To be called inside a write transaction. */
  async prepare(tables: Iterable<SqlTable>): Promise<void> {
    const { session, books } = this;
    // Building an index may take longer than any statement of an application's should.
    this.run("SET LOCAL statement_timeout = 0");
    this.run(`SET LOCAL lock_timeout = ${patienceMs}`);
    const outdated = await this.createBooks();
    const stored = new Map<string, string>();
    for (const [name, definition] of await session.all(books.list, []))
      stored.set(String(name), String(definition));
    if (outdated) for (const [name, definition] of stored) this.renewFunctions(name, definition);
    for (const table of tables) {
      const before = stored.get(table.name);
      const text = definitionText(table.definition);
      if (before === text) continue;
      for (const locking of books.turns.lockCollection(table.name)) session.defer(locking);
      if (before === undefined) await this.create(table);
      else await this.evolve(table, before);
      for (const sql of books.turns.tableCreation(table)) this.run(sql);
      session.defer(step(books.save, [table.name, text, definitionDigest(table.definition)]));
    }
  }

  /** What an older layout had not, or had otherwise. */
  private renewFunctions(name: string, definition: string): void {
    const table = new SqlTable(storedDefinition(definition, name), this.dialect);
    for (const sql of this.books.turns.tableCreation(table)) this.run(sql);
  }

  /** @returns whether there were books of an older layout */
  private async createBooks(): Promise<boolean> {
    const { schema, turns } = this.books;
    if (!turns.lockLiesInSchema) await this.session.send(turns.lockSchema);
    // Asked first: whoever may not create schemas may still use one that is there.
    const known = statement("SELECT to_regnamespace(?)::text, to_regclass(?)::text");
    const names = [quote(schema), `${quote(schema)}.${quote("_cutover_collections")}`];
    const [present, collections] = (await this.session.get(known, names)) ?? [];
    if (present === null) this.run(`CREATE SCHEMA ${quote(schema)}`);
    const made = collections !== null;
    if (!made) for (const sql of this.books.creation(this.nowMs)) this.run(sql);
    if (turns.lockLiesInSchema) await this.lockOrMake(made);
    return made && this.upgradeBooks();
  }

  /** The lock is a row of what may not be there: who makes it second has to come again. */
  private async lockOrMake(made: boolean): Promise<void> {
    try {
      await this.session.send(this.books.turns.lockSchema);
    } catch (error) {
      if (made || !isMadeAlready(error)) throw error;
      const what = `schema "${this.books.schema}" was made by another process at the same time`;
      throw new StorageError("LOCK_LOST", what, { cause: error });
    }
  }

  private async upgradeBooks(): Promise<boolean> {
    const { books, session, nowMs } = this;
    const [version] = (await session.get(books.version, [])) ?? [];
    if (Number(version) >= layoutVersion) return false;
    for (const sql of books.upgrade(nowMs)) this.run(sql);
    return true;
  }

  private async create(table: SqlTable): Promise<void> {
    const { name } = table;
    const known = statement("SELECT to_regclass(?)::text");
    const [present] = (await this.session.get(known, [table.dialect.table(name)])) ?? [];
    if (present !== null) {
      throw new StorageError(
        "CONFIG_INVALID",
        `schema "${this.books.schema}" has a table "${name}" that is not a collection's; give the collection another name, or use another schema`,
        { collection: name },
      );
    }
    this.run(this.compiler.sequence(table.definition));
    this.run(this.compiler.table(table.layout));
    // Over nothing, none of them can fail.
    for (const { sql } of this.compiler.indexes(table)) this.run(sql);
    this.createTrigger(table);
  }

  private createTrigger({ layout }: SqlTable): void {
    const { untokenise } = this.books;
    if (layout.searched && untokenise !== undefined)
      this.run(this.compiler.trigger(layout, untokenise));
  }

  private async createIndexes(table: SqlTable): Promise<void> {
    for (const plan of this.compiler.indexes(table)) await this.createIndex(table, plan);
    this.createTrigger(table);
  }

  /** @throws StorageError CONFIG_INVALID when living records clash */
  private async createIndex(table: SqlTable, { name, sql }: IndexPlan): Promise<void> {
    try {
      await this.session.guarded(() => this.now(sql));
    } catch (error) {
      // A text is too long for an ordinary index.
      const wide = isTooLong(error) ? wideIndexSql(table, name) : undefined;
      if (wide === undefined && !isClash(error)) throw error;
      // Expired records never clash, and nobody sees them any more.
      if (isClash(error)) await removeExpiredNow(this.session, table, this.nowMs);
      await this.now(wide ?? sql).catch((again: unknown) => {
        throw isClash(again) ? clashingRecords(table, again) : again;
      });
    }
  }

  private now(sql: string): Promise<unknown> {
    return this.session.send([{ ...step(statement(sql)), once: true }]);
  }

  private async evolve(table: SqlTable, before: string): Promise<void> {
    const { name, dialect } = table;
    const after = definitionText(table.definition);
    if (storageShape(before, name) === storageShape(after, name)) {
      await this.renewIndexes(table);
      return;
    }
    const old = new SqlTable(storedDefinition(before, name), dialect);
    const aside = shortName(`${name}$before`);
    this.run(`ALTER TABLE ${dialect.table(name)} RENAME TO ${quote(aside)}`);
    this.run(this.compiler.table(table.layout));
    await this.copyRows(old, table, aside);
    this.run(`DROP TABLE ${dialect.table(aside)}`);
    await this.createIndexes(table);
  }

  /** Drops the indexes of a table that are no longer wanted and creates those that are missing. */
  private async renewIndexes(table: SqlTable): Promise<void> {
    const plans = this.compiler.indexes(table);
    const wanted = new Set(plans.map(({ name }) => name));
    const find = statement(
      "SELECT indexname FROM pg_indexes WHERE schemaname = ? AND tablename = ? AND strpos(indexname, '$') > 0",
    );
    const rows = await this.session.all(find, [this.books.schema, table.name]);
    const present = rows.map(([name]) => String(name));
    for (const name of present)
      if (!wanted.has(name)) this.run(`DROP INDEX ${table.dialect.table(name)}`);
    for (const plan of plans) if (!present.includes(plan.name)) await this.createIndex(table, plan);
    // Records that were written in another order have to be numbered in this one.
    const next = this.compiler.table(table.layout);
    const place = /DEFAULT (-?nextval\([^)]*\))/.exec(next)?.[1] ?? "NULL";
    this.run(
      `ALTER TABLE ${table.dialect.table(table.name)} ALTER COLUMN ${quote(ownColumns.position)} SET DEFAULT ${place}`,
    );
  }

  /** Reads every record in its old layout and writes it in the new one, places kept. */
  private async copyRows(old: SqlTable, table: SqlTable, aside: string): Promise<void> {
    const { session } = this;
    const position = quote(ownColumns.position);
    const read = statement(
      `SELECT ${position}, ${quoteAll(old.layout.columns)} FROM ${table.dialect.table(aside)} ` +
        `WHERE ${position} > ? ORDER BY ${position} LIMIT ${batchRows}`,
    );
    let rows = await session.all(read, [Number.MIN_SAFE_INTEGER]);
    while (rows.length > 0) {
      const written = rows.map(([place = null, ...cells]) => [
        place,
        ...table.codec.encode(old.codec.keyOf(cells), old.codec.decode(cells)),
      ]);
      const arrays = (written[0] ?? []).map((_, column) =>
        arrayLiteral(written.map((cells) => cells[column] ?? null)),
      );
      session.defer(step(insertManyAt(table), arrays));
      rows = await session.all(read, [rows.at(-1)?.[0] ?? null]);
    }
  }
}

function clashingRecords(table: SqlTable, cause: unknown): StorageError {
  return new StorageError(
    "CONFIG_INVALID",
    `collection "${table.name}": a new unique constraint does not hold for the records that are there; ` +
      "nothing was changed; mend the records first, or take the constraint out",
    { collection: table.name, cause },
  );
}
