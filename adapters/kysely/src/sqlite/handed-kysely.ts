import type { CompiledQuery } from "kysely";
import { readValue } from "./pragmas.ts";
import { literal, statement } from "../sql/statement.ts";
import type { SqlSession } from "../driver/sql-session.ts";
import type { AnyKysely, KyselyExecutor } from "../driver/any-kysely.ts";
import type { Lease, SqliteConnections } from "./connections.ts";
import { KyselySession, type Execute } from "./kysely-session.ts";

/** A Kysely instance of the application's. Our transactions have its connection to themselves. */
export class HandedKysely implements SqliteConnections {
  location: string | undefined;
  readonly owned = false;
  readonly readOnly: boolean;
  readonly mayPause = true;
  private readonly kysely: AnyKysely;
  private session: KyselySession | undefined;
  private compile: ((sql: string, parameters: readonly unknown[]) => CompiledQuery) | undefined;

  constructor(kysely: AnyKysely, readOnly: boolean) {
    // Plugins such as CamelCasePlugin would rename what our statements select.
    this.kysely = kysely.withoutPlugins();
    this.readOnly = readOnly;
  }

  async open(): Promise<void> {
    const { CompiledQuery } = await import("kysely");
    this.compile = (sql, parameters) => CompiledQuery.raw(sql, [...parameters]);
    this.session = new KyselySession(this.executeOn(this.kysely));
    const file = await readValue(this.session, "SELECT file FROM pragma_database_list LIMIT 1");
    if (typeof file === "string" && file !== "") this.location = file;
  }

  private executeOn(target: KyselyExecutor): Execute {
    const { compile } = this;
    if (compile === undefined) throw new Error("not open");
    return async ({ sql, parameters }) => target.executeQuery(compile(sql, parameters));
  }

  get reader(): SqlSession {
    if (this.session === undefined) throw new Error("not open");
    return this.session;
  }

  async lease(): Promise<Lease> {
    const leased = Promise.withResolvers<Lease>();
    const done = Promise.withResolvers<void>();
    this.kysely
      .connection()
      .execute(async (connection) => {
        const session = new KyselySession(this.executeOn(connection));
        leased.resolve({ session, inTransaction: () => undefined, release: done.resolve });
        await done.promise;
      })
      .catch(leased.reject);
    return leased.promise;
  }

  sessions(): readonly SqlSession[] {
    return [this.reader];
  }

  async copyTo(path: string): Promise<void> {
    await this.reader.run(statement(`VACUUM INTO ${literal(path)}`), []);
  }

  async close(): Promise<void> {}
}
