import type { CollectionDefinition, Field } from "@cutover/core";
import { columnOf, documentColumn, ownColumns, type TableLayout } from "../layout/table-layout.ts";
import type { Slot } from "../layout/column.ts";
import type { SqlTable } from "../driver/sql-table.ts";
import { expiryInstant } from "../sql/expiry.ts";
import { literal, quote } from "../sql/statement.ts";
import type { EngineCapabilities } from "./engine.ts";
import { OwnNames, shortName } from "./own-names.ts";
import { indexedTokens, unindexed } from "./search-sql.ts";

/** An index we keep on a table. */
export interface IndexPlan {
  readonly name: string;
  readonly sql: string;
}

const largest = Number.MAX_SAFE_INTEGER;
const withinLargest = `BETWEEN ${-largest} AND ${largest}`;
const byteText = `text COLLATE "C"`;
const numberTypes = { INTEGER: "bigint", REAL: "double precision", TEXT: byteText } as const;

const isBoolean = ({ codec, verbatim }: Slot): boolean => codec.type === "INTEGER" && !verbatim;

/** The type of a declared member's column. */
export function slotType(slot: Slot): string {
  return isBoolean(slot) ? "boolean" : numberTypes[slot.codec.type];
}

/** The types of the columns that are written, in the order of the cells. */
export function writtenTypes({ slots, columns, searched }: TableLayout): readonly string[] {
  const types = columns.map(() => "text");
  for (const slot of slots)
    if (slot.cell > 0) types[slot.cell] = slotType(slot).replace(/ COLLATE.*/, "");
  return searched ? [...types, "text"] : types;
}

const position = quote(ownColumns.position);

function indexName(layout: TableLayout, what: string, fields: readonly Field[]): string {
  const columns = fields.map((field) => columnOf(layout, field));
  return shortName([layout.name, what, ...columns].join("$"));
}

/** The name of the index of a unique constraint. */
export function uniqueIndexName(layout: TableLayout, fields: readonly Field[]): string {
  return indexName(layout, "unique", fields);
}

/** The name of a declared index. */
export function plainIndexName(layout: TableLayout, fields: readonly Field[]): string {
  return indexName(layout, "index", fields);
}

/** The name of the type of whole numbers in a schema. */
function wholeType(schema: string): string {
  return new OwnNames(schema).own("whole");
}

/**
 * Makes the type of whole numbers where there is none. A constraint of a type is read once for a
 * connection, one of a column anew by every statement that writes to it: 10 µs.
 */
export function wholeCreation(schema: string): string {
  const name = wholeType(schema);
  const create = `CREATE DOMAIN ${name} AS bigint CHECK (VALUE ${withinLargest})`;
  return `DO $cutover$ BEGIN IF to_regtype(${literal(name)}) IS NULL THEN ${create}; END IF; END $cutover$`;
}

/** Writes the tables and indexes of collections. */
export class SchemaCompiler {
  private readonly schema: string;
  private readonly capabilities: EngineCapabilities;

  constructor(schema: string, capabilities: EngineCapabilities) {
    this.schema = schema;
    this.capabilities = capabilities;
  }

  private qualified(name: string): string {
    return `${quote(this.schema)}.${quote(name)}`;
  }

  /** Where the places of records come from; it outlives a table that is made anew. */
  sequence({ name }: CollectionDefinition): string {
    const sequence = this.qualified(shortName(`${name}$position`));
    return `CREATE SEQUENCE IF NOT EXISTS ${sequence} AS bigint MAXVALUE ${largest} CACHE 1`;
  }

  table(layout: TableLayout): string {
    const next = `nextval(${literal(this.qualified(shortName(`${layout.name}$position`)))})`;
    const place = layout.definition.order === "append" ? next : `-${next}`;
    const columns = [
      `${position} bigint PRIMARY KEY DEFAULT ${place}`,
      `${quote(layout.keyColumn)} ${byteText} NOT NULL`,
      ...layout.slots.filter(({ cell }) => cell > 0).map((slot) => this.column(slot)),
      layout.document
        ? `${quote(documentColumn(layout.definition))} ${byteText} NOT NULL`
        : `${quote(ownColumns.rest)} ${byteText}`,
      ...(layout.searched ? [`${quote(ownColumns.search)} ${byteText}`] : []),
    ];
    return `CREATE TABLE ${this.qualified(layout.name)} (${columns.join(", ")})`;
  }

  private column(slot: Slot): string {
    const name = quote(slot.column);
    const type = slotType(slot);
    if (slot.codec.type !== "INTEGER" || isBoolean(slot)) return `${name} ${type}`;
    // The type alone would let a shell store what no record can hold.
    if (this.capabilities.domains) return `${name} ${wholeType(this.schema)}`;
    return `${name} ${type} CHECK (${name} ${withinLargest})`;
  }

  /** All indexes that a table has to have; without the first nothing else works. */
  indexes(table: SqlTable): IndexPlan[] {
    const { layout, definition } = table;
    const columns = (fields: readonly Field[]): string[] =>
      fields.map((field) => columnOf(layout, field));
    const { keyColumn } = layout;
    const plain = definition.indexes.map((fields) => {
      const named = columns(fields);
      // The key comes last, as in every order, so that pages are ranges of the index.
      return this.index(layout, plainIndexName(layout, fields), {
        columns: named.includes(keyColumn) ? named : [...named, keyColumn],
        unique: false,
      });
    });
    return [
      this.index(layout, shortName(`${layout.name}$key`), { columns: [keyColumn], unique: true }),
      ...definition.unique.map(({ fields }) => {
        const named = columns(fields);
        const options = { columns: named, unique: true };
        return this.index(layout, uniqueIndexName(layout, fields), options);
      }),
      ...plain,
      ...this.expiryIndex(table),
      ...(layout.searched ? this.searchIndexes(layout) : []),
    ];
  }

  private made(layout: TableLayout, what: string, on: string): IndexPlan {
    const name = shortName(`${layout.name}$${what}`);
    const sql = `CREATE INDEX ${quote(name)} ON ${this.qualified(layout.name)} ${on}`;
    return { name, sql };
  }

  private index(
    layout: TableLayout,
    name: string,
    { columns, unique }: { readonly columns: readonly string[]; readonly unique: boolean },
  ): IndexPlan {
    const nulls = this.capabilities.nullsInIndexes ? " NULLS FIRST" : "";
    const terms = columns.map((column) => quote(column) + nulls);
    const create = `CREATE ${unique ? "UNIQUE " : ""}INDEX ${quote(name)}`;
    return { name, sql: `${create} ON ${this.qualified(layout.name)} (${terms.join(", ")})` };
  }

  private expiryIndex(table: SqlTable): IndexPlan[] {
    const instant = expiryInstant(table);
    const column = table.definition.expiry?.column;
    if (instant === undefined || column === undefined) return [];
    return [this.made(table.layout, `expiry$${column}`, `(${instant})`)];
  }

  private searchIndexes(layout: TableLayout): IndexPlan[] {
    const tokens = quote(ownColumns.search);
    // Finds rows that wait to be tokenised.
    const untokenised = this.made(layout, "untokenised", `(${position}) WHERE ${tokens} IS NULL`);
    if (!this.capabilities.textSearch) return [untokenised];
    return [
      this.made(layout, "search", `USING gin (${indexedTokens(tokens)})`),
      this.made(layout, "search_long", `(${position}) WHERE ${unindexed(tokens)}`),
      untokenised,
    ];
  }

  /** Somebody with a shell cannot tokenise; the next search does it for them. */
  trigger(layout: TableLayout, untokenise: string): string {
    const tokens = quote(ownColumns.search);
    const searched = layout.definition.search
      .map((field) => layout.slotOf.get(field.member)?.column)
      .filter((column) => column !== undefined)
      .map(quote);
    const edited = searched.map((column) => `OLD.${column} IS DISTINCT FROM NEW.${column}`);
    return (
      `CREATE TRIGGER ${quote(shortName(`${layout.name}$edited`))} ` +
      `BEFORE UPDATE OF ${searched.join(", ")} ON ${this.qualified(layout.name)} FOR EACH ROW ` +
      `WHEN (OLD.${tokens} IS NOT DISTINCT FROM NEW.${tokens} AND (${edited.join(" OR ")})) ` +
      `EXECUTE FUNCTION ${untokenise}()`
    );
  }
}
