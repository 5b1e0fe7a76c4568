import { createHash } from "node:crypto";
import type { Statement } from "../sql/statement.ts";

/** A statement as Postgres takes it. */
export interface NumberedStatement {
  /** Under which a connection keeps it prepared; equal text, equal name. */
  readonly name: string;
  /** With `$1`, `$2`, … in place of `?`. */
  readonly text: string;
}

const known = new WeakMap<Statement, NumberedStatement>();

/** Numbers the parameters of a statement. Statements hold no values, so no text has a `?` in it. */
export function numbered(statement: Statement): NumberedStatement {
  const found = known.get(statement);
  if (found !== undefined) return found;
  let count = 0;
  const text = statement.sql.replaceAll("?", () => `$${++count}`);
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 24);
  const made = { name: `cutover_${digest}`, text };
  known.set(statement, made);
  return made;
}
