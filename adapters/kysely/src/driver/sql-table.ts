import type { CollectionDefinition, Field } from "@cutover/core";
import { RecordCodec } from "../layout/record-codec.ts";
import { columnOf, tableLayout, type TableLayout } from "../layout/table-layout.ts";
import type { Dialect } from "../sql/dialect.ts";
import type { SqlScope } from "../sql/predicate.ts";
import { StatementCache } from "../sql/statement-cache.ts";
import { quote, quoteAll, type Statement } from "../sql/statement.ts";
import { tableStatements, type TableStatements } from "../sql/table-statements.ts";

/** One collection's table: its layout, its codec and the shapes of its statements. */
export class SqlTable implements SqlScope {
  readonly definition: CollectionDefinition;
  readonly dialect: Dialect;
  readonly layout: TableLayout;
  readonly codec: RecordCodec;
  readonly statements: TableStatements;
  readonly shapes: StatementCache = new StatementCache();
  /** The table is there and of this layout. */
  ready = false;
  /** The collection is known to have been written to. */
  touched = false;

  constructor(definition: CollectionDefinition, dialect: Dialect) {
    this.definition = definition;
    this.dialect = dialect;
    this.layout = tableLayout(definition);
    this.codec = new RecordCodec(this.layout);
    this.statements = tableStatements(this);
  }

  get name(): string {
    return this.definition.name;
  }

  /** Finds the record that holds given values of some fields; parameters are the values. */
  ownerOf(fields: readonly Field[]): Statement {
    const columns = fields.map((field) => columnOf(this.layout, field));
    return this.shapes.of(`owner ${columns.join(",")}`, () => {
      const equal = columns.map((column) => `${quote(column)} = ${this.dialect.operand}`);
      return `SELECT ${quoteAll(this.layout.columns)} FROM ${this.dialect.table(this.name)} WHERE ${equal.join(" AND ")}`;
    });
  }
}
