import {
  StorageError,
  type BackupManifest,
  type Capabilities,
  type CollectionDefinition,
  type Durability,
  type WriteOperation,
} from "@cutover/core";
import type { Express, ExpressRequest, Shot } from "../driver/express.ts";
import type { SqlSession } from "../driver/sql-session.ts";
import { Patience } from "../driver/patience.ts";
import type { OpenTransaction, SqlStore } from "../driver/sql-store.ts";
import type { SqlTable } from "../driver/sql-table.ts";
import { hasUntokenised, tokeniseAll } from "../driver/tokeniser.ts";
import { definitionText } from "../layout/definition-text.ts";
import type { Dialect } from "../sql/dialect.ts";
import { statement } from "../sql/statement.ts";
import { Books, layoutVersion } from "./books.ts";
import type { Engine } from "./engine.ts";
import { step, type PgConnections, type PgLink } from "./link.ts";
import { PgReader } from "./pg-reader.ts";
import { PgSession } from "./pg-session.ts";
import { PgTransaction } from "./pg-transaction.ts";
import {
  codeOf,
  explainPostgres,
  isBusy,
  isClash,
  isTooLong,
  indexNamed,
} from "./postgres-error.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import { problemsOf, refuseProblems, settingsOf, settingsStep } from "./server-check.ts";
import { Signer } from "./signer.ts";
import { refuseSystemColumns } from "./system-columns.ts";
import { textSize } from "./text-size.ts";
import { WaitMark } from "./wait-mark.ts";
import { widen } from "./wide-index.ts";
import { WriteShot } from "./write-shot.ts";

/** What a {@link PostgresStore} is made of. */
export interface PostgresStoreOptions {
  readonly connections: PgConnections;
  readonly schema: string;
  readonly engine: Engine;
  readonly durability: Durability;
  readonly readOnly: boolean;
  readonly nowMs: () => number;
}

/** Operations that share a transaction: more would keep others waiting. */
const mostShared = 5000;
const databaseSize = statement("SELECT pg_database_size(current_database())");

/** Postgres behind the shared driver. */
export class PostgresStore implements SqlStore, Express {
  readonly kind = "postgres";
  readonly capabilities: Capabilities;
  readonly dialect: Dialect;
  readonly readOnly: boolean;
  // Every statement lets other code run.
  readonly mayPause = false;
  readonly reader: PgReader;
  private readonly connections: PgConnections;
  private readonly books: Books;
  private readonly signer: Signer;
  private readonly waitMark: WaitMark;
  private readonly engine: Engine;
  private readonly place: string;
  private readonly nowMs: () => number;
  private readonly durability: Durability;
  private readonly patience = new Patience(isBusy);
  private readonly tables = new Map<string, SqlTable>();

  constructor(options: PostgresStoreOptions) {
    const { connections, schema, durability, engine } = options;
    const { capabilities } = engine;
    this.connections = connections;
    this.durability = durability;
    this.capabilities = {
      durability,
      multiProcess: true,
      backup: true,
      relevance: capabilities.textSearch,
    };
    this.engine = engine;
    this.dialect = postgresDialect(schema, capabilities);
    this.readOnly = options.readOnly;
    this.nowMs = options.nowMs;
    this.books = new Books(schema, capabilities);
    this.place = `${connections.location ?? "the connection handed in"}, schema "${schema}"`;
    this.reader = new PgReader(connections, this.place);
    this.signer = new Signer(this.books, connections, this.place);
    this.waitMark = new WaitMark(connections, this.books.turns);
  }

  get location(): string {
    return `${this.connections.location ?? "postgres:"}#${this.books.schema}`;
  }

  get express(): Express {
    return this;
  }

  async open(): Promise<void> {
    const [settings] = await this.reader.send([settingsStep]);
    const problems = problemsOf(settingsOf(settings?.rows[0]), this.engine);
    const promised = this.durability === "power-loss";
    refuseProblems(
      problems.filter(({ durability }) => promised || !durability),
      this.place,
    );
  }

  private checkWritable(): void {
    if (!this.readOnly) return;
    throw new StorageError("NOT_SUPPORTED", `${this.place} was opened for reading only`);
  }

  async tryBegin(endMs: number): Promise<OpenTransaction | undefined> {
    this.checkWritable();
    const link = await this.lease();
    const { books, signer, place, makeRoom, waitMark } = this;
    return new PgTransaction({ link, books, waitMark, signer, location: place, makeRoom, endMs });
  }

  private async lease(): Promise<PgLink> {
    try {
      return await this.connections.lease();
    } catch (error) {
      throw explainPostgres(error, this.place);
    }
  }

  share(requests: readonly ExpressRequest[]): number {
    let records = 0;
    for (const [index, { operations }] of requests.entries()) {
      records += operations.length;
      const alone = operations.some(
        ({ type }) => type === "deleteExpired" || type === "replaceAll",
      );
      if (index > 0 && (alone || records > mostShared)) return index;
      if (alone) return 1;
    }
    return requests.length;
  }

  async shoot(requests: readonly ExpressRequest[], waitMs: number): Promise<Shot> {
    this.checkWritable();
    const { connections, books, signer, place, makeRoom, waitMark } = this;
    const tableOf = ({ collection }: WriteOperation): SqlTable => this.tableOf(collection);
    const context = { connections, books, waitMark, signer, location: place, tableOf, makeRoom };
    return new WriteShot(context, requests, waitMs).fire();
  }

  private readonly makeRoom = async (
    error: unknown,
    tables: Iterable<SqlTable>,
  ): Promise<boolean> => {
    if (!isTooLong(error)) return false;
    const { reader, books } = this;
    for (const table of tables) await widen(table, indexNamed(error), { reader, books });
    return true;
  };

  private tableOf(collection: CollectionDefinition): SqlTable {
    const table = this.tables.get(collection.name);
    if (table === undefined) throw new Error(`collection "${collection.name}" was not prepared`);
    return table;
  }

  private know(tables: readonly SqlTable[]): void {
    for (const table of tables) {
      refuseSystemColumns(table);
      this.tables.set(table.name, table);
    }
  }

  async isPrepared(tables: readonly SqlTable[]): Promise<boolean> {
    this.know(tables);
    const stored = await this.stored();
    const fits = tables.every(
      ({ name, definition }) => stored?.get(name)?.definition === definitionText(definition),
    );
    for (const table of tables) if (stored?.get(table.name)?.touched === true) table.touched = true;
    if (fits || !this.readOnly) return fits;
    throw new StorageError(
      "SCHEMA_OUTDATED",
      `${this.place} was not written with these definitions; open it for writing once`,
    );
  }

  /** @returns undefined where there are no books yet, or only old ones */
  private async stored(): Promise<
    ReadonlyMap<string, { readonly definition: string; readonly touched: boolean }> | undefined
  > {
    try {
      const [versions, list] = await this.reader.send([
        step(this.books.version),
        step(this.books.list),
      ]);
      const found = Number(versions?.rows[0]?.[0] ?? 0);
      if (found > layoutVersion) throw tooNew(this.place, found);
      // Nothing but what writes has changed since.
      if (found < layoutVersion && !this.readOnly) return undefined;
      return new Map(
        list?.rows.map(([name, definition, touched]) => [
          String(name),
          { definition: String(definition), touched: touched === 1 },
        ]),
      );
    } catch (error) {
      // No such table; no such schema.
      if (["42P01", "3F000"].includes(codeOf(error) ?? "")) return undefined;
      throw error;
    }
  }

  async prepare(session: SqlSession, tables: readonly SqlTable[]): Promise<void> {
    this.know(tables);
    // What changes schemas is loaded only where one has to change.
    const { SchemaChange } = await import("./schema-change.ts");
    if (!(session instanceof PgSession)) throw new Error("not a session of this store");
    const { capabilities } = this.engine;
    const nowMs = this.nowMs();
    const change = new SchemaChange(session, this.books, { nowMs, capabilities });
    const definitions = tables.map(({ definition }) => definition);
    await this.waitMark.during(definitions, () => change.prepare(tables));
  }

  async checkSchema(): Promise<void> {
    // Whoever enters a collection says how it is defined, and is refused by the server.
  }

  async markTouched(session: SqlSession, table: SqlTable): Promise<void> {
    await session.run(this.books.touch, [table.name]);
  }

  isClash(error: unknown): boolean {
    return isClash(error);
  }

  isBusy(error: unknown): boolean {
    return isBusy(error);
  }

  async tokenise(session: SqlSession, table: SqlTable): Promise<number> {
    const entering = { definitions: [table.definition], exclusive: true, waitMs: 10_000 };
    for (const entry of this.books.turns.enter(entering))
      await session.run(entry.statement, entry.parameters);
    return tokeniseAll(session, table);
  }

  hasUntokenised(session: SqlSession, table: SqlTable): Promise<boolean> {
    return hasUntokenised(session, table);
  }

  async sizeBytes(): Promise<number> {
    if (!this.engine.capabilities.databaseSize) return textSize(this.reader, this.tables.values());
    return Number((await this.reader.get(databaseSize, []))?.[0] ?? 0);
  }

  /** What an engine gives up in between is written anew. */
  async backup(destination: string): Promise<BackupManifest> {
    return this.patience.run(() => this.backupOnce(destination));
  }

  private async backupOnce(destination: string): Promise<BackupManifest> {
    const { writeBackup } = await import("./backup.ts");
    const { books, dialect } = this;
    const link = await this.lease();
    let broken = true;
    try {
      const manifest = await writeBackup(link, destination, { books, dialect });
      broken = false;
      return manifest;
    } catch (error) {
      throw explainPostgres(error, this.place);
    } finally {
      // After a failure it may be inside the transaction.
      link.release(broken);
    }
  }

  async close(): Promise<void> {
    await this.waitMark.idle();
    if (!this.readOnly) await this.signer.leave();
    await this.connections.close();
  }
}

function tooNew(place: string, found: number): StorageError {
  return new StorageError(
    "FORMAT_TOO_NEW",
    `${place} has layout ${found}, this program knows ${layoutVersion}; upgrade it`,
  );
}
