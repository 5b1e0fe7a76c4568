import {
  type CollectionDefinition,
  defineCollection,
  isStorageError,
  type JsonValue,
  type StorageBackend,
} from "@cutover/core";
import { type DataFolder, firstModels, models } from "./data-folder.ts";

const tags = defineCollection<{ n: number }>({ name: "tags" });

/** The models, as they are once {@link writeLater} has been there. */
export function laterModels(): ReturnType<typeof firstModels> {
  const { m1: _removed, ...rest } = firstModels();
  return { ...rest, m2: { name: "other" }, later: { name: "later" } };
}

/** An application changes every collection. */
export async function writeLater(folder: DataFolder): Promise<void> {
  const storage = await folder.open();
  try {
    await storage.transaction(async (tx) => {
      const own = tx.collection(models);
      await own.delete("m1");
      await own.put("m2", { name: "other" });
      await own.put("later", { name: "later" });
    });
    await storage.collection(tags).put("red", { n: 2 });
  } finally {
    await storage.close();
  }
}

const inOrder = (records: object): string =>
  JSON.stringify(Object.entries(records).toSorted(([one], [other]) => (one < other ? -1 : 1)));

/** What a collection may hold. */
interface Known<T> {
  readonly first: Readonly<Record<string, T>>;
  readonly later: Readonly<Record<string, T>>;
}

async function wordOf<T extends JsonValue>(
  storage: StorageBackend,
  collection: CollectionDefinition<T>,
  { first, later }: Known<T>,
): Promise<string> {
  const own = storage.collection(collection);
  const records = await own.find();
  const [some] = records;
  if (some === undefined) return "nothing";
  await own.put("after", some.value);
  await own.delete("after");
  const found = inOrder(Object.fromEntries(records.map(({ key, value }) => [key, value])));
  if (found === inOrder(first)) return "first";
  return found === inOrder(later) ? "later" : `neither ${found}`;
}

/** Nobody can tell what the data is; the message says what to do. */
const refusals = ["STAGE_REFUSED", "CORRUPT_DATA"] as const;

/**
 * What an application finds that opens the folder, and writes to it: of both collections whether
 * they are as they were `first` or `later`; or `refused`, when it could not open it.
 *
 * @throws when it is kept out by anything else, such as a lock
 */
export async function contentIn(folder: DataFolder): Promise<string> {
  const storage = await folder.open().catch((error: unknown) => {
    if (refusals.some((code) => isStorageError(error, code))) return undefined;
    throw error;
  });
  if (storage === undefined) return "refused";
  try {
    const known = { first: firstModels(), later: laterModels() };
    return [
      await wordOf(storage, models, known),
      await wordOf(storage, tags, { first: { red: { n: 1 } }, later: { red: { n: 2 } } }),
    ].join();
  } finally {
    await storage.close();
  }
}
