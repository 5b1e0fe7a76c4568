// An application process: writes records one after another, reads each of them back, and tells
// which was acknowledged, until it is told to end, or opening or a call is refused.
import { setImmediate as turn } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { openStorage } from "../../../packages/cutover/src/open-storage.ts";
import { defineCollection, isStorageError, text, type StorageBackend } from "@cutover/core";

const [folder = "", config = "", name = ""] = process.argv.slice(2);
const models = defineCollection({ name: "models", fields: { name: text() } });
const ending = new AbortController();
process.on("message", () => ending.abort());
let acknowledged = 0;

async function work(storage: StorageBackend): Promise<void> {
  const collection = storage.collection(models);
  while (!ending.signal.aborted) {
    const key = `${name}${acknowledged}`;
    const value = { name: `${name} ${acknowledged}` };
    await collection.put(key, value);
    acknowledged++;
    process.send?.({ acknowledged });
    const found = await collection.get(key);
    if (!isDeepStrictEqual(found, value)) throw new Error(`${key} cannot be read back`);
    await turn();
  }
}

try {
  const storage = await openStorage({ folder, config });
  try {
    await work(storage);
  } finally {
    await storage.close();
  }
} catch (error) {
  if (!isStorageError(error)) throw error;
  process.send?.({ acknowledged, refused: `${error.code}: ${error.message}` });
}
process.disconnect();
