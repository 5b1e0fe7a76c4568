import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { StorageBackend } from "@cutover/core";
import { describe, expect, it } from "vitest";
import { toShadow } from "../bypass/json-and-sqlite.ts";
import { filled, keysOf, notes, sceneIn, type Scene } from "../trouble/scene.ts";

const fileOf = ({ folder }: Scene): string => join(folder, "notes.json");
const asideOf = ({ folder }: Scene): string => join(folder, "notes.aside");

const start = async ({ operator, unit }: Scene): Promise<void> => {
  await operator.start(unit);
  await operator.backfill(unit);
};

const reads: Readonly<Record<string, (storage: StorageBackend) => Promise<unknown>>> = {
  get: (storage) => storage.collection(notes).get("a"),
  getMany: (storage) => storage.collection(notes).getMany(["a", "b"]),
  has: (storage) => storage.collection(notes).has("a"),
  find: (storage) => storage.collection(notes).find({ where: { size: 1 } }),
  page: (storage) => storage.collection(notes).page({ limit: 2 }),
  count: (storage) => storage.collection(notes).count(),
  aggregate: (storage) => storage.collection(notes).aggregate({ sum: ["size"] }),
  "aggregate by group": (storage) => storage.collection(notes).aggregate({ groupBy: ["title"] }),
  iterate: keysOf,
  "get in a transaction": (storage) =>
    storage.transaction((inside) => inside.collection(notes).get("a")),
  "find in a transaction": (storage) =>
    storage.transaction((inside) => inside.collection(notes).find()),
};

const gone = {
  code: "DIVERGED",
  message: expect.stringContaining("notes.json"),
  details: expect.objectContaining({ nextCommand: "cutover doctor" }),
};

describe.each([
  ["dualwrite", start],
  ["shadow", toShadow],
] as const)("at %s, a file in charge that somebody deleted", (_stage, walk) => {
  it("is told by every kind of read, instead of an empty answer, and read again when it is back", async () => {
    await using hop = await filled();
    await walk(hop);
    await hop.drained();
    const { storage } = hop;
    const before = new Map<string, unknown>();
    for (const [name, read] of Object.entries(reads)) before.set(name, await read(storage));
    await rename(fileOf(hop), asideOf(hop));
    for (const read of Object.values(reads))
      await expect(read(storage)).rejects.toMatchObject(gone);
    await rename(asideOf(hop), fileOf(hop));
    for (const [name, read] of Object.entries(reads))
      expect([name, await read(storage)]).toEqual([name, before.get(name)]);
  });

  it("is told to who opens the folder anew", async () => {
    const first = await filled();
    await walk(first);
    await first.drained();
    await first.close();
    await rm(fileOf(first));
    await using hop = await sceneIn({ folder: first.folder });
    const storage = await hop.open();
    for (const read of Object.values(reads))
      await expect(read(storage)).rejects.toMatchObject(gone);
  });

  it("can be cleared in a transaction, which sees what it has done", async () => {
    await using hop = await filled();
    await walk(hop);
    await hop.drained();
    await rm(fileOf(hop));
    const seen = await hop.storage.transaction(async (inside) => {
      await inside.collection(notes).clear();
      const empty = await inside.collection(notes).find();
      await inside.collection(notes).put("z", { title: "z", size: 9 });
      return [empty.length, await inside.collection(notes).count()];
    });
    expect(seen).toEqual([0, 1]);
    expect(await keysOf(hop.storage)).toEqual(["z"]);
    await hop.drained();
    expect(await keysOf(hop.sqlite)).toEqual(["z"]);
  });
});

it("a collection that was never written reads as empty, with a mirror and without its answer", async () => {
  await using hop = await sceneIn();
  const storage = await hop.open();
  const before = new Map<string, unknown>();
  for (const [name, read] of Object.entries(reads)) before.set(name, await read(storage));
  expect(before.get("count")).toBe(0);
  await toShadow(hop);
  for (const [name, read] of Object.entries(reads))
    expect([name, await read(storage)]).toEqual([name, before.get(name)]);
  for (const end of ["", "-wal", "-shm"]) await rm(join(hop.folder, `data.db${end}`));
  for (const [name, read] of Object.entries(reads))
    expect([name, await read(storage)]).toEqual([name, before.get(name)]);
});
