import type { CollectionDefinition, StorageBackend } from "@cutover/core";
import { postgresBackend } from "@cutover/kysely/postgres";
import { startPostgres, type TestDatabase, type TestDatabaseOptions } from "@cutover/test-postgres";

/** A database of a test file's own, and stores in it, each in another schema. */
export class TestStores implements AsyncDisposable {
  readonly database: TestDatabase;
  private readonly opened: StorageBackend[] = [];
  private schemas = 0;

  private constructor(database: TestDatabase) {
    this.database = database;
  }

  static async begin(options: TestDatabaseOptions = {}): Promise<TestStores> {
    return new TestStores(await (await startPostgres()).database(options));
  }

  nextSchema(): string {
    return `store${++this.schemas}`;
  }

  /** @param url another way to the same database, such as a proxy */
  open(
    collections: readonly CollectionDefinition[],
    { schema = this.nextSchema(), url = this.database.url, lockTimeoutMs = 10_000 } = {},
  ): StorageBackend {
    const backend = postgresBackend({
      connectionString: url,
      schema,
      collections,
      lockTimeoutMs,
      // The server of the tests does not wait for its disk.
      durability: "process-crash",
    });
    this.opened.push(backend);
    return backend;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.opened.map((backend) => backend.close()));
    await this.database.drop();
  }
}
