import { lookAtDatabase } from "./database.ts";
import type { MigrationTarget } from "./migration-target.ts";

/** A collection of a database, as it is counted there. */
export interface CountedCollection {
  readonly name: string;
  readonly file: string;
  readonly exists: boolean;
  readonly records: number;
}

/** How much lies in a database. */
export interface DatabaseContent {
  readonly sizeBytes: number;
  readonly collections: readonly CountedCollection[];
}

/** Has a database count what it holds of these collections; reads no records, and changes nothing. */
export function databaseContent(
  target: Pick<MigrationTarget, "databasePath" | "collections">,
): Promise<DatabaseContent> {
  return lookAtDatabase(target, async (store) => {
    const { sizeBytes, collections } = await store.info();
    const found = new Map(collections.map((collection) => [collection.name, collection]));
    const counted = target.collections.map(({ name, file }) => {
      const { exists = false, records = 0 } = found.get(name) ?? {};
      return { name, file: file.path, exists, records };
    });
    return { sizeBytes, collections: counted };
  });
}
