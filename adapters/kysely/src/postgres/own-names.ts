import { createHash } from "node:crypto";
import { quote } from "../sql/statement.ts";

const longestName = 63;

/** A name that Postgres keeps whole: it cuts longer ones off, and then two may be one. */
export function shortName(name: string): string {
  if (name.length <= longestName) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 16);
  return `${name.slice(0, longestName - digest.length - 1)}$${digest}`;
}

/** Names of what is the adapter's own in a schema. */
export class OwnNames {
  readonly schema: string;

  constructor(schema: string) {
    this.schema = schema;
  }

  own(name: string): string {
    return `${quote(this.schema)}.${quote(`_cutover_${name}`)}`;
  }
}
