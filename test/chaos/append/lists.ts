import { type CollectionDefinition, defineCollection } from "@cutover/core";
import type { StorageBackend } from "@cutover/core";

/** A list that only ever grows. A type, as interfaces are no JSON objects to the compiler. */
export type List = { readonly items: readonly number[] };

/** Two collections that share transactions; a key's first letter tells its collection. */
export const collections: readonly CollectionDefinition<List>[] = ["a", "b"].map((letter) =>
  defineCollection<List>({ name: `lists_${letter}` }),
);

export function collectionOf(key: string): CollectionDefinition<List> {
  const found = collections.find(({ name }) => name.endsWith(key.slice(0, 1)));
  if (found === undefined) throw new Error(`no collection has a key ${key}`);
  return found;
}

/** Every list there is. */
export async function allLists(
  backend: StorageBackend,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const found = await Promise.all(
    collections.map((collection) => backend.collection(collection).find()),
  );
  return new Map(found.flat().map(({ key, value }) => [key, value.items] as const));
}
