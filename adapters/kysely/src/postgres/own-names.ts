import { quote } from "../sql/statement.ts";

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
