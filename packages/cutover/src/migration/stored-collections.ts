import {
  isJsonObject,
  rebuildDefinition,
  type CollectionDefinition,
  type JsonValue,
} from "@cutover/core";
import { openRawDatabase } from "./raw-database.ts";

function definitionsIn(path: string, condition: string): CollectionDefinition[] {
  const database = openRawDatabase(path);
  try {
    const texts = database
      .prepare(`SELECT definition FROM _cutover_collections WHERE ${condition} ORDER BY name`)
      .pluck(true)
      .all();
    const descriptions = texts.map((text): JsonValue => JSON.parse(String(text)));
    return descriptions.filter((description) => isJsonObject(description)).map(rebuildDefinition);
  } finally {
    database.close();
  }
}

/** The collections that a database has been written to with, as it keeps their definitions itself. */
export function storedCollections(path: string): CollectionDefinition[] {
  return definitionsIn(path, "touched = 1");
}

/**
 * These collections as the database has them: the application may have defined other fields and
 * indexes than a config, or the look of the files, suggests, and what only reads cannot change that.
 * Collections that the database does not have are left out.
 */
export function asStored(
  known: readonly CollectionDefinition[],
  databasePath: string,
): CollectionDefinition[] {
  const stored = new Map(definitionsIn(databasePath, "true").map((found) => [found.name, found]));
  return known.flatMap((definition) => stored.get(definition.name) ?? []);
}

/** What the collections of a folder are, all told. */
export interface AllCollections {
  readonly collections: readonly CollectionDefinition[];
  /** About collections that have no file to come back to. */
  readonly notes: readonly string[];
}

/**
 * Adds the collections that only the database knows: made by the application since the migration,
 * and named in no config. Their definitions say which file they belong to.
 */
export function withStoredCollections(
  known: readonly CollectionDefinition[],
  databasePath: string,
): AllCollections {
  const collections = [...known];
  const notes: string[] = [];
  for (const stored of storedCollections(databasePath)) {
    if (collections.some(({ name }) => name === stored.name)) continue;
    const other = collections.find(({ file }) => file.path === stored.file.path);
    if (other === undefined) collections.push(stored);
    else {
      notes.push(
        `the database also holds "${stored.name}"; its file ${stored.file.path} belongs to "${other.name}", ` +
          "so it stays in the database that is kept aside",
      );
    }
  }
  return { collections, notes };
}
