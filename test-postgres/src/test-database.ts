import { randomUUID } from "node:crypto";
import { Client } from "pg";

/** What kind of database is wanted. */
export interface TestDatabaseOptions {
  /**
   * How text compares where a statement does not say so: by bytes, or by the rules of a language,
   * which ignore case and punctuation at first. Default: `bytes`.
   */
  readonly order?: "bytes" | "language";
}

/** A database of its own, empty at first. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  /** Runs statements on a connection of its own; for tests that look at what is really there. */
  query(sql: string, parameters?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** Removes it, ending whatever is still connected to it. */
  drop(): Promise<void>;
}

const byLanguage = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' LOCALE 'C'";

/** Runs one statement on a connection of its own. */
export async function runOn(
  url: string,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  // A server that stops tells every connection so; the query says it too.
  client.on("error", () => {});
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql, [...parameters]);
    return rows;
  } finally {
    await client.end();
  }
}

/** Makes a database on the server at `server`, the address of any database of it. */
export async function makeDatabase(
  server: string,
  { order = "bytes" }: TestDatabaseOptions,
): Promise<TestDatabase> {
  const name = `cutover_test_${randomUUID().replaceAll("-", "")}`;
  const kind = order === "bytes" ? "TEMPLATE template0 LOCALE 'C'" : byLanguage;
  await runOn(server, `CREATE DATABASE ${name} ${kind} ENCODING 'UTF8'`);
  const address = new URL(server);
  address.pathname = `/${name}`;
  const url = address.href;
  const drop = async (): Promise<void> => {
    await runOn(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  };
  return {
    name,
    url,
    query: (sql, parameters) => runOn(url, sql, parameters),
    drop,
    [Symbol.asyncDispose]: drop,
  };
}
