import type { SqlSession } from "../driver/sql-session.ts";
import { statement } from "../sql/statement.ts";

/** Marks a file as ours: "CUTV". */
export const applicationId = 0x43555456;
/** The layout this code writes. Newer ones are left alone. */
export const layoutVersion = 1;
/** The table that lists our collections. */
export const collectionsTable = "_cutover_collections";

/** Where the books of a database lie. */
export interface BookPlaces {
  /** A file of our own is marked as ours, and its version table has the name people look for. */
  readonly owned: boolean;
  readonly location: string;
  readonly nowMs: () => number;
}

/** The table of layout versions; in somebody else's database it must not take a common name. */
export function versionTable(places: BookPlaces): string {
  return places.owned ? "schema_version" : "_cutover_schema_version";
}

const listCollections = statement(`SELECT name, definition, touched FROM ${collectionsTable}`);
const hasTable = statement(
  "SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = ?",
);

/** A collection as the books know it. */
export interface StoredCollection {
  readonly definition: string;
  /** It was written to. */
  readonly touched: boolean;
}

/** True when there is a table, or a view, of that name. */
export async function tableExists(session: SqlSession, table: string): Promise<boolean> {
  return (await session.get(hasTable, [table])) !== undefined;
}

/** The collections in the books; none where there are no books yet. */
export async function storedCollections(
  session: SqlSession,
): Promise<ReadonlyMap<string, StoredCollection>> {
  const found = new Map<string, StoredCollection>();
  if (!(await tableExists(session, collectionsTable))) return found;
  for (const [name, definition, touched] of await session.all(listCollections, [])) {
    found.set(String(name), { definition: String(definition), touched: touched === 1 });
  }
  return found;
}
