import {
  type CollectionDefinition,
  defineCollection,
  integer,
  type StorageBackend,
} from "@cutover/core";

type Count = { n: number };
export const a: CollectionDefinition<Count> = defineCollection<Count>({
  name: "a",
  fields: { n: integer() },
});
export const b: CollectionDefinition<Count> = defineCollection<Count>({
  name: "b",
  fields: { n: integer() },
});

/** The two numbers; 0 for a record that is not there. */
export async function values(backend: StorageBackend): Promise<[number, number]> {
  const [first, second] = [
    await backend.collection(a).get("x"),
    await backend.collection(b).get("x"),
  ];
  return [first?.n ?? 0, second?.n ?? 0];
}
