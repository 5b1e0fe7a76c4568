import type { ControlStore } from "@cutover/core";
import { startPostgres, type TestDatabase } from "@cutover/test-postgres";
import { engines, type Engine } from "../../src/postgres/engine.ts";
import { controlOn } from "../../src/postgres-control/postgres-control.ts";

/** A control store in a database of its own; both are gone when its scope ends. */
export class TestControl implements AsyncDisposable {
  readonly database: TestDatabase;
  private readonly opened: ControlStore[] = [];

  private readonly engine: Engine;

  private constructor(database: TestDatabase, engine: Engine) {
    this.database = database;
    this.engine = engine;
  }

  static async make(engine: Engine = engines.postgresql): Promise<TestControl> {
    return new TestControl(await (await startPostgres()).database(), engine);
  }

  /** Opens it once more, as another process would. */
  async open(): Promise<ControlStore> {
    const control = controlOn(this.engine, {
      connectionString: this.database.url,
      durability: "process-crash",
    });
    this.opened.push(control);
    await control.open();
    return control;
  }

  /** Cuts the connections of all stores, or those whose latest statement is like a pattern. */
  async cut(statement = "%"): Promise<void> {
    await this.database.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
       WHERE application_name = 'cutover control' AND datname = current_database() AND query LIKE $1`,
      [statement],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.opened.map((control) => control.close()));
    await this.database.drop();
  }
}
