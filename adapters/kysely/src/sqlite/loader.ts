import { existsSync, rmSync } from "node:fs";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { resolve } from "node:path";
import {
  alreadyExists,
  checkKey,
  memberOf,
  StorageError,
  type CollectionDefinition,
  type KeyedValue,
  type UniqueConstraint,
} from "@cutover/core";
import { SqlTable } from "../driver/sql-table.ts";
import { columnOf } from "../layout/table-layout.ts";
import { quote, quoteAll, statement } from "../sql/statement.ts";
import type {
  LoadedCollection,
  LoaderWork,
  LoadSqliteOptions,
  SqliteLoader,
} from "./load-sqlite.ts";
import { claimFile, syncFile } from "../driver/backup-file.ts";
import { openDatabase } from "./file-connections.ts";
import { NativeSession } from "./native-session.ts";
import { SchemaChange } from "./schema-change.ts";
import { SchemaKeeper } from "./schema-keeper.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { isClash } from "./sqlite-error.ts";
import type { TableBuilder } from "./table-builder.ts";

/** How long inserting goes on before the event loop runs, in milliseconds. */
const sliceMs = 20;

class Loader implements SqliteLoader {
  readonly loaded: LoadedCollection[] = [];
  private readonly session: NativeSession;
  private readonly tables: ReadonlyMap<string, SqlTable>;
  private sliceEndMs = 0;

  constructor(session: NativeSession, tables: ReadonlyMap<string, SqlTable>) {
    this.session = session;
    this.tables = tables;
  }

  async load(
    definition: CollectionDefinition,
    batches: AsyncIterable<readonly KeyedValue[]> | Iterable<readonly KeyedValue[]>,
  ): Promise<number> {
    const { name } = definition;
    const table = this.tables.get(name);
    if (table === undefined || this.loaded.some((other) => other.name === name)) {
      throw new StorageError(
        "CONFIG_INVALID",
        `collection "${name}" was not announced in \`collections\`, or is loaded twice`,
      );
    }
    let records = 0;
    for await (const batch of batches) {
      for (const { key, value } of batch) this.insert(table, ++records, { key, value });
      await this.pause();
    }
    this.loaded.push({ name, records });
    return records;
  }

  private insert(table: SqlTable, position: number, { key, value }: KeyedValue): void {
    const { keyMember, name } = table.definition;
    checkKey(key);
    if (keyMember !== undefined && memberOf(value, keyMember) !== key) {
      const what = `collection "${name}", key ${JSON.stringify(key)}: member "${keyMember}" must repeat the key`;
      throw new StorageError("INVALID_VALUE", what, { collection: name });
    }
    const cells = table.codec.encode(key, value);
    cells.unshift(position);
    this.session.run(table.statements.insertAt, cells);
  }

  private async pause(): Promise<void> {
    if (performance.now() < this.sliceEndMs) return;
    await turnOfTheLoop();
    this.sliceEndMs = performance.now() + sliceMs;
  }
}

/** Which record clashes with another, now that the index over them could not be built. */
function clash(session: NativeSession, table: SqlTable): StorageError | undefined {
  const key: UniqueConstraint = { name: "key", fields: [] };
  for (const { name, fields } of [key, ...table.definition.unique]) {
    const columns =
      fields.length === 0
        ? [table.layout.keyColumn]
        : fields.map((field) => columnOf(table.layout, field));
    const filled = columns.map((column) => `${quote(column)} IS NOT NULL`).join(" AND ");
    const find = statement(
      `SELECT max(${quote(table.layout.keyColumn)}) FROM ${quote(table.name)} WHERE ${filled} ` +
        `GROUP BY ${quoteAll(columns)} HAVING count(*) > 1 LIMIT 1`,
    );
    const row = session.get(find, []);
    if (row !== undefined) return alreadyExists(table.definition, String(row[0]), name);
  }
  return undefined;
}

async function createIndexes(
  session: NativeSession,
  builder: TableBuilder,
  table: SqlTable,
): Promise<void> {
  try {
    await builder.createIndexes(table);
  } catch (error) {
    throw (isClash(error) ? clash(session, table) : undefined) ?? error;
  }
}

async function fill(
  session: NativeSession,
  path: string,
  { options, work }: { readonly options: LoadSqliteOptions; readonly work: LoaderWork },
): Promise<LoadedCollection[]> {
  const nowMs = options.clock ?? Date.now;
  const tables = options.collections.map((definition) => new SqlTable(definition, sqliteDialect));
  const places = { owned: true, location: path, nowMs };
  const change = await SchemaChange.load(session, places);
  const keeper = new SchemaKeeper(places);
  session.run(statement("BEGIN"), []);
  await change.createEmpty(tables);
  const loader = new Loader(session, new Map(tables.map((table) => [table.name, table])));
  await work(loader);
  for (const table of tables) await createIndexes(session, change.builder, table);
  for (const { name } of loader.loaded) {
    const table = tables.find((other) => other.name === name);
    if (table !== undefined) await keeper.touch(session, table);
  }
  session.run(statement("COMMIT"), []);
  return loader.loaded;
}

/** What `loadSqlite` does. */
export async function load(
  options: LoadSqliteOptions,
  work: LoaderWork,
): Promise<LoadedCollection[]> {
  const path = resolve(options.path);
  claimFile(path);
  try {
    const database = await openDatabase(path);
    let loaded: LoadedCollection[];
    try {
      const session = new NativeSession(database, path);
      // A half-filled file is removed, so nothing has to be undone and nothing to be durable yet.
      for (const pragma of ["journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE"])
        session.database.pragma(pragma);
      // 16 MB: enough for the sorts that build the indexes; more is memory that a migration is short of.
      session.database.pragma("cache_size = -16384");
      loaded = await fill(session, path, { options, work });
    } finally {
      database.close();
    }
    await syncFile(path);
    return loaded;
  } catch (error) {
    for (const companion of ["", "-wal", "-shm", "-journal"])
      if (existsSync(path + companion)) rmSync(path + companion, { force: true });
    throw error;
  }
}
