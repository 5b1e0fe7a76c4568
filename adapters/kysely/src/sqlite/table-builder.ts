import { StorageError } from "@cutover/core";
import type { SqlSession } from "../driver/sql-session.ts";
import type { SqlTable } from "../driver/sql-table.ts";
import { expiryInstant } from "../sql/expiry.ts";
import { quote, statement } from "../sql/statement.ts";
import { removeExpiredNow } from "../driver/expired.ts";
import type { IndexPlan, SchemaCompiler } from "./schema-compiler.ts";
import { searchSchema, untokenisedIndex } from "./search-schema.ts";
import { isClash } from "./sqlite-error.ts";

/** Creates what belongs to one collection's table. */
export class TableBuilder {
  private readonly session: SqlSession;
  private readonly compiler: SchemaCompiler;
  private readonly nowMs: number;

  constructor(session: SqlSession, compiler: SchemaCompiler, nowMs: number) {
    this.session = session;
    this.compiler = compiler;
    this.nowMs = nowMs;
  }

  async run(sql: string): Promise<void> {
    await this.session.run(statement(sql), []);
  }

  /** The bare table: filling it is quickest before there are indexes. */
  async createTable(table: SqlTable): Promise<void> {
    await this.run(this.compiler.table(table.layout));
  }

  /** All indexes that a table has to have. */
  plans(table: SqlTable): IndexPlan[] {
    const { layout } = table;
    const plans = [this.compiler.keyIndex(layout), ...this.compiler.indexes(layout)];
    const instant = expiryInstant(table);
    const expiry = table.definition.expiry?.column;
    if (instant !== undefined && expiry !== undefined) {
      const name = `${layout.name}$expiry$${expiry}`;
      plans.push({
        name,
        sql: `CREATE INDEX ${quote(name)} ON ${quote(layout.name)} (${instant})`,
      });
    }
    if (layout.searched) plans.push(untokenisedIndex(layout));
    return plans;
  }

  /** Indexes, and the full-text index with its triggers. */
  async createIndexes(table: SqlTable): Promise<void> {
    for (const plan of this.plans(table)) await this.createIndex(table, plan);
    if (table.layout.searched) for (const sql of searchSchema(table.layout)) await this.run(sql);
  }

  /** As {@link createIndexes}, over records that were there before. @throws StorageError CONFIG_INVALID */
  async createIndexesOver(table: SqlTable): Promise<void> {
    await this.createIndexes(table).catch((error: unknown) => {
      throw isClash(error) ? clashingRecords(table, error) : error;
    });
  }

  /** @throws the database's own refusal when living records clash */
  async createIndex(table: SqlTable, plan: IndexPlan): Promise<void> {
    try {
      await this.run(plan.sql);
    } catch (error) {
      if (!isClash(error) || table.definition.expiry === undefined) throw error;
      // Expired records never clash, and nobody sees them any more.
      await removeExpiredNow(this.session, table, this.nowMs);
      await this.run(plan.sql);
    }
  }

  /** Drops the indexes of a table that are no longer wanted and creates those that are missing. */
  async renewIndexes(table: SqlTable): Promise<void> {
    const plans = this.plans(table);
    const wanted = new Set(plans.map((plan) => plan.name));
    const present = await this.indexesOf(table.name);
    for (const name of present) if (!wanted.has(name)) await this.run(`DROP INDEX ${quote(name)}`);
    for (const plan of plans) {
      if (present.includes(plan.name)) continue;
      await this.createIndex(table, plan).catch((error: unknown) => {
        throw isClash(error) ? clashingRecords(table, error) : error;
      });
    }
  }

  private async indexesOf(table: string): Promise<string[]> {
    const find = statement(
      "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND instr(name, ?) = 1",
    );
    const rows = await this.session.all(find, [table, `${table}$`]);
    return rows.map(([name]) => String(name));
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
