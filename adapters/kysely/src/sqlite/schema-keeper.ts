import { StorageError } from "@cutover/core";
import type { SqlSession } from "../driver/sql-session.ts";
import type { SqlTable } from "../driver/sql-table.ts";
import { quote, statement, type SqlValue } from "../sql/statement.ts";
import {
  applicationId,
  collectionsTable,
  layoutVersion,
  storedCollections,
  tableExists,
  versionTable,
  type BookPlaces,
} from "./books.ts";
import { definitionText } from "../layout/definition-text.ts";
import { readValue } from "./pragmas.ts";

const touchCollection = statement(
  `UPDATE ${collectionsTable} SET touched = 1 WHERE name = ? AND touched = 0`,
);
const readSchemaVersion = statement("PRAGMA schema_version");

/** Sees to it that tables are those of their definitions. */
export class SchemaKeeper {
  private readonly places: BookPlaces;
  private schemaVersion: SqlValue | undefined;

  constructor(places: BookPlaces) {
    this.places = places;
  }

  /** @throws StorageError FORMAT_TOO_NEW, CONFIG_INVALID when the database is not ours to use */
  async checkOwner(session: SqlSession): Promise<void> {
    if (await tableExists(session, collectionsTable)) await this.checkLayoutVersion(session);
    if (!this.places.owned) return;
    const id = await readValue(session, "PRAGMA application_id");
    const tables = Number(await readValue(session, "SELECT count(*) FROM sqlite_master"));
    if (id === applicationId || (id === 0 && tables === 0)) return;
    throw new StorageError(
      "CONFIG_INVALID",
      `${this.places.location} is a database of another application; choose another path, ` +
        "or open it yourself and hand it in as `database`",
    );
  }

  private async checkLayoutVersion(session: SqlSession): Promise<void> {
    const sql = `SELECT max(version) FROM ${quote(versionTable(this.places))}`;
    const found = Number(await readValue(session, sql));
    if (found <= layoutVersion) return;
    throw new StorageError(
      "FORMAT_TOO_NEW",
      `${this.places.location} has layout ${found}, this program knows ${layoutVersion}; upgrade it`,
    );
  }

  /** True when the tables are there and were made by these definitions. */
  async isPrepared(session: SqlSession, tables: Iterable<SqlTable>): Promise<boolean> {
    const [version] = (await session.get(readSchemaVersion, [])) ?? [];
    const stored = await storedCollections(session);
    for (const table of tables) {
      const found = stored.get(table.name);
      if (found?.definition !== definitionText(table.definition)) return false;
      if (found.touched) table.touched = true;
    }
    this.schemaVersion ??= version;
    return true;
  }

  /** @throws StorageError SCHEMA_OUTDATED when another program has changed the tables meanwhile */
  async checkUnchanged(session: SqlSession, tables: Iterable<SqlTable>): Promise<void> {
    const row = session.get(readSchemaVersion, []);
    const [version] = (row instanceof Promise ? await row : row) ?? [];
    if (version === this.schemaVersion) return;
    const ready = [...tables].filter((table) => table.ready);
    if (!(await this.isPrepared(session, ready))) {
      throw new StorageError(
        "SCHEMA_OUTDATED",
        `${this.places.location}: another program uses one of these collections with another definition; ` +
          "run the same version everywhere, then start this one again",
      );
    }
    this.schemaVersion = version;
  }

  /** Notes down that a collection was written to. */
  async touch(session: SqlSession, table: SqlTable): Promise<void> {
    await session.run(touchCollection, [table.name]);
  }

  /** Makes tables fit their definitions. To be called inside a write transaction. */
  async prepare(session: SqlSession, tables: Iterable<SqlTable>): Promise<void> {
    // Kysely and all that changes schemas is loaded only where one has to change.
    const { SchemaChange } = await import("./schema-change.ts");
    const change = await SchemaChange.load(session, this.places);
    await change.prepare(tables);
  }
}
