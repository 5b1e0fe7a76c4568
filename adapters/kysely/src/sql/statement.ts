/** What a column can hold and a parameter can carry. */
export type SqlValue = string | number | null;

/** Cells of a row, in the order of the selected columns. */
export type Row = readonly SqlValue[];

/** One statement shape. Sessions prepare it at first use and keep it as long as the object lives. */
export interface Statement {
  readonly sql: string;
}

/** Makes a statement of SQL text that holds no values. */
export function statement(sql: string): Statement {
  return { sql };
}

/** Quotes the name of a table, column or index. Names come from checked definitions only. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes several names, separated by commas. */
export function quoteAll(names: readonly string[]): string {
  return names.map(quote).join(", ");
}

/** Writes a text literal, for places where SQL takes no parameter, such as indexes and triggers. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
