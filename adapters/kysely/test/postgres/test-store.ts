import type { CollectionDefinition, StorageBackend } from "@cutover/core";
import { startPostgres, type TestDatabase, type TestDatabaseOptions } from "@cutover/test-postgres";
import { engines, type Engine } from "../../src/postgres/engine.ts";
import { backendOn } from "../../src/postgres/postgres-backend.ts";

interface OpenOptions {
  readonly schema?: string;
  /** Another way to the same database, such as a proxy. */
  readonly url?: string;
  readonly lockTimeoutMs?: number;
  /** What is used of the server, where not what {@link TestStores.begin} was told. */
  readonly engine?: Engine;
}

/** A database of a test file's own, and stores in it, each in another schema. */
export class TestStores implements AsyncDisposable {
  readonly database: TestDatabase;
  private readonly opened: StorageBackend[] = [];
  private schemas = 0;

  private readonly engine: Engine;

  private constructor(database: TestDatabase, engine: Engine) {
    this.database = database;
    this.engine = engine;
  }

  static async begin(
    options: TestDatabaseOptions = {},
    engine: Engine = engines.postgresql,
  ): Promise<TestStores> {
    return new TestStores(await (await startPostgres()).database(options), engine);
  }

  nextSchema(): string {
    return `store${++this.schemas}`;
  }

  open(collections: readonly CollectionDefinition[], options: OpenOptions = {}): StorageBackend {
    const { schema = this.nextSchema(), url = this.database.url, engine = this.engine } = options;
    const backend = backendOn(engine, {
      connectionString: url,
      schema,
      collections,
      lockTimeoutMs: options.lockTimeoutMs ?? 10_000,
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
