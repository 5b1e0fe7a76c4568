import {
  openStorage,
  type CollectionDefinition,
  type JsonValue,
  type StorageBackend,
} from "cutover";

/** What the demo wrote while the database was in charge. */
export interface Edit {
  readonly collection: string;
  readonly file: string;
  readonly what: string;
}

const isObject = (value: JsonValue): value is Record<string, JsonValue> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Changes one member of one record. */
async function changeOne(
  storage: StorageBackend,
  definition: CollectionDefinition,
): Promise<Edit | undefined> {
  const collection = storage.collection(definition);
  for await (const { key, value } of collection.iterate()) {
    if (!isObject(value)) continue;
    await collection.patch(key, { note: "seen by the demo" });
    const { path } = definition.file;
    return { collection: definition.name, file: path, what: `set one member, "note", of ${key}` };
  }
  return undefined;
}

/** Adds a download and, with it or not at all, what is known of the model. */
async function addDownload(
  storage: StorageBackend,
  byName: ReadonlyMap<string, CollectionDefinition>,
): Promise<Edit[]> {
  const history = byName.get("download_history");
  const metadata = byName.get("model_metadata");
  if (history === undefined || metadata === undefined) return [];
  const filename = "demo-model.safetensors";
  await storage.transaction(async (tx) => {
    await tx.collection(history).put(filename, {
      id: `direct_${filename}`,
      filename,
      status: "completed",
      error: "",
      total_size: 4_294_967_296,
      timestamp: "2026-01-01T12:00:00.000001",
      directory: "checkpoints",
    });
    await tx
      .collection(metadata)
      .put(filename, { filename, source: "huggingface", from_download: true });
  });
  const what = `added ${filename}, in one transaction over two collections`;
  return [
    { collection: history.name, file: history.file.path, what },
    { collection: metadata.name, file: metadata.file.path, what },
  ];
}

/** Writes through the library, as an application would, to whichever store is in charge. */
export async function writeSomething(
  folder: string,
  collections: readonly CollectionDefinition[],
): Promise<Edit[]> {
  const byName = new Map(collections.map((definition) => [definition.name, definition]));
  const editable =
    byName.get("model_metadata") ??
    collections.find(({ fields }) => fields.size > 0) ??
    collections[0];
  const storage = await openStorage({ folder, env: {} });
  try {
    const change = editable === undefined ? undefined : await changeOne(storage, editable);
    return [...(change === undefined ? [] : [change]), ...(await addDownload(storage, byName))];
  } finally {
    await storage[Symbol.asyncDispose]();
  }
}
