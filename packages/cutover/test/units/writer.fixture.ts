// Writes records of the collection `models` one after another until it is told to end, and tells
// which it was promised. It is there the whole time that units move.
import { defineCollection, text } from "@cutover/core";
import { openStorage } from "../../src/open-storage.ts";

const [folder = ""] = process.argv.slice(2);
const models = defineCollection({ name: "models", fields: { name: text() } });
const storage = await openStorage({ folder, env: {} });
const collection = storage.collection(models);
const ending = new AbortController();
process.on("message", () => ending.abort());
let count = 0;
while (!ending.signal.aborted) {
  const key = `w${count}`;
  await collection.put(key, { name: `Written ${count}` });
  if ((await collection.get(key)) === undefined) throw new Error(`${key} cannot be read back`);
  if (count % 7 === 3) await collection.delete(`w${count - 2}`);
  count++;
  process.send?.({ count });
  await new Promise((resolve) => setImmediate(resolve));
}
await storage.close();
process.send?.({ ended: count });
process.disconnect();
