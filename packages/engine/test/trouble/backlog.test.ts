import { rename } from "node:fs/promises";
import { join } from "node:path";
import { holdTopic, type Failpoint } from "@cutover/engine";
import { expect, it } from "vitest";
import { toShadow } from "../bypass/json-and-sqlite.ts";
import { assertEqualStores } from "../drain/equal-stores.ts";
import { filled, moveDatabase, notes } from "./scene.ts";

it("while a mirror is far behind writers are held back and told why, none fails, and all is over once it has caught up", async () => {
  await using hop = await filled({ backend: { maxDirty: 20 } });
  await toShadow(hop);
  await hop.drained();
  await moveDatabase(hop, "data.db", "aside.db");
  const collection = hop.storage.collection(notes);
  const held = async (): Promise<unknown> => (await hop.control.notes(holdTopic)).at(0)?.value;
  for (let index = 0; (await held()) === undefined; index++)
    await collection.put(`n${index % 60}`, { title: "n", size: index });
  expect(await held()).toMatchObject({ maxDirty: 20, dirty: expect.any(Number) });
  expect(JSON.stringify(await hop.control.notes(holdTopic))).toContain('"key":"unit"');
  // Held back, and written all the same.
  await collection.put("last", { title: "last", size: 1 });
  expect(await collection.get("last")).toEqual({ title: "last", size: 1 });
  for (const end of ["", "-wal", "-shm"])
    await rename(join(hop.folder, `aside.db${end}`), join(hop.folder, `data.db${end}`));
  await hop.drained();
  await expect.poll(held).toBeUndefined();
  await assertEqualStores(hop.json, hop.sqlite, [notes]);
  await collection.put("after", { title: "after", size: 1 });
  expect(await held()).toBeUndefined();
});

it("a writer that is held back can be told to stop, and has written nothing then", async () => {
  await using hop = await filled({ backend: { maxDirty: 1 } });
  await toShadow(hop);
  await hop.drained();
  await moveDatabase(hop, "data.db", "aside.db");
  const collection = hop.storage.collection(notes);
  const held = async (): Promise<number> => (await hop.control.notes(holdTopic)).length;
  for (let index = 0; (await held()) === 0; index++)
    await collection.put(`n${index % 60}`, { title: "n", size: index });
  const reason = new Error("Ctrl-C");
  const stop = new AbortController();
  const write = collection.put("no", { title: "no", size: 1 }, { signal: stop.signal });
  stop.abort(reason);
  await expect(write).rejects.toBe(reason);
  expect(await collection.has("no")).toBe(false);
  await moveDatabase(hop, "aside.db", "data.db");
  await hop.drained();
  await assertEqualStores(hop.json, hop.sqlite, [notes]);
});

it("a mirror that hangs in the middle of a round holds writers back too, and none fails", async () => {
  const hang = Promise.withResolvers<void>();
  const hung = Promise.withResolvers<void>();
  let isHanging = false;
  const at = async (point: Failpoint): Promise<void> => {
    if (!isHanging || point !== "drain/read") return;
    hung.resolve();
    await hang.promise;
  };
  await using hop = await filled({ backend: { maxDirty: 20, at } });
  await toShadow(hop);
  await hop.drained();
  isHanging = true;
  const collection = hop.storage.collection(notes);
  await collection.put("first", { title: "n", size: 1 });
  await hung.promise;
  const held = async (): Promise<number> => (await hop.control.notes(holdTopic)).length;
  for (let index = 0; (await held()) === 0; index++)
    await collection.put(`n${index % 60}`, { title: "n", size: index });
  hang.resolve();
  await hop.drained();
  await expect.poll(held).toBe(0);
  await assertEqualStores(hop.json, hop.sqlite, [notes]);
});
