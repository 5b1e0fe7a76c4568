import type { ControlStore } from "@cutover/core";
import { postgresControl } from "@cutover/kysely/postgres-control";
import { startPostgres, type TestDatabase } from "@cutover/test-postgres";

/** A control store in a database of its own; both are gone when its scope ends. */
export class TestControl implements AsyncDisposable {
  readonly database: TestDatabase;
  private readonly opened: ControlStore[] = [];

  private constructor(database: TestDatabase) {
    this.database = database;
  }

  static async make(): Promise<TestControl> {
    return new TestControl(await (await startPostgres()).database());
  }

  /** Opens it once more, as another process would. */
  async open(): Promise<ControlStore> {
    const control = postgresControl({
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
