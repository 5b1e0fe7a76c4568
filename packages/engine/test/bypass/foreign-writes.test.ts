import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { defineCollection, integer, text } from "@cutover/core";
import { contentOf } from "../drain/equal-stores.ts";
import { openHop, toLive, toShadow, type Hop } from "./json-and-sqlite.ts";

const notes = defineCollection<{ title: string; size: number }>({
  name: "notes",
  fields: { title: text(), size: integer() },
});

/** Each record is taken over by a commit of its own: that takes a while. */
const isFull = process.env["CUTOVER_PROOF"] === "full";

async function filled(): Promise<Hop> {
  const hop = await openHop([notes]);
  const collection = hop.storage.collection(notes);
  for (const key of ["a", "b", "c"]) await collection.put(key, { title: key, size: 1 });
  return hop;
}

/** What somebody does with an editor. */
async function edit({ folder }: Hop, from: string, to: string): Promise<void> {
  const path = join(folder, "notes.json");
  await writeFile(path, (await readFile(path, "utf8")).replace(from, to));
}

/** Resolves when both stores hold the same; what was adopted is mirrored in the background. */
async function becomeEqual({ json, sqlite }: Hop): Promise<void> {
  await expect.poll(() => contentOf(sqlite, notes)).toEqual(await contentOf(json, notes));
}

it("what an editor writes to JSON files in charge is read, and reaches the database", async () => {
  await using hop = await filled();
  await toShadow(hop);
  await edit(hop, '"title": "b"', '"title": "by hand"');
  expect(await hop.storage.collection(notes).get("b")).toEqual({ title: "by hand", size: 1 });
  await becomeEqual(hop);
});

it("an edit is noticed after this process has written to another file", async () => {
  const other = defineCollection({ name: "other" });
  await using hop = await openHop([notes, other]);
  const collection = hop.storage.collection(notes);
  await collection.put("b", { title: "b", size: 1 });
  await toShadow(hop);
  expect(await collection.get("b")).toBeDefined();
  await hop.storage.collection(other).put("x", 1);
  await edit(hop, '"title": "b"', '"title": "by hand"');
  expect(await collection.get("b")).toEqual({ title: "by hand", size: 1 });
  await becomeEqual(hop);
});

it("a record that an editor puts in the middle of a file gets its place in the database", async () => {
  await using hop = await filled();
  await toShadow(hop);
  await edit(hop, '"b": {', '"between": { "title": "x", "size": 2 },\n  "b": {');
  expect(await hop.storage.collection(notes).has("between")).toBe(true);
  await becomeEqual(hop);
});

it("what an editor writes to JSON files that mirror the database is neither read nor overwritten, and closes the way back", async () => {
  await using hop = await filled();
  await toLive(hop);
  await hop.storage.collection(notes).put("a", { title: "live", size: 2 });
  await hop.drained();
  await edit(hop, '"title": "b"', '"title": "by hand"');
  await hop.storage.collection(notes).put("c", { title: "later", size: 3 });
  await expect(hop.operator.reverse(hop.unit)).rejects.toMatchObject({
    code: "STAGE_REFUSED",
    message: expect.stringContaining("somebody else wrote to the mirror"),
  });
  expect(await hop.storage.collection(notes).get("b")).toEqual({ title: "b", size: 1 });
  expect(await readFile(join(hop.folder, "notes.json"), "utf8")).toContain("by hand");
  expect((await hop.operator.status(hop.unit)).record.stage).toBe("live");
});

it("the way back carries what a database shell wrote while the database was in charge", async () => {
  await using hop = await filled();
  await toLive(hop);
  await hop.drained();
  const shell = new Database(join(hop.folder, "data.db"));
  shell.prepare("UPDATE notes SET title = 'from the shell' WHERE title = 'b'").run();
  shell.close();
  await hop.operator.reverse(hop.unit);
  expect(await hop.storage.collection(notes).get("b")).toEqual({
    title: "from the shell",
    size: 1,
  });
  expect(await readFile(join(hop.folder, "notes.json"), "utf8")).toContain("from the shell");
});

it("once it is decided that the database is right, the edited file is made equal and the way back is open", async () => {
  await using hop = await filled();
  await toLive(hop);
  await hop.drained();
  await edit(hop, '"title": "b"', '"title": "by hand"');
  await expect(hop.operator.reverse(hop.unit)).rejects.toMatchObject({ code: "STAGE_REFUSED" });
  const repaired = await hop.operator.repair(hop.unit, { discard: true });
  expect(repaired.left).toEqual([]);
  await hop.operator.reverse(hop.unit);
  expect(await hop.storage.collection(notes).get("b")).toEqual({ title: "b", size: 1 });
  expect(await readFile(join(hop.folder, "notes.json"), "utf8")).not.toContain("by hand");
});

it("once it is decided that the edited file is right, the database takes the edit over", async () => {
  await using hop = await filled();
  await toLive(hop);
  await hop.drained();
  await edit(hop, '"title": "b"', '"title": "by hand"');
  await expect(hop.operator.reverse(hop.unit)).rejects.toMatchObject({ code: "STAGE_REFUSED" });
  const repaired = await hop.operator.repair(hop.unit, { adopt: true });
  expect(repaired.left).toEqual([]);
  expect(await hop.storage.collection(notes).get("b")).toEqual({ title: "by hand", size: 1 });
  await hop.operator.reverse(hop.unit);
  expect(await hop.storage.collection(notes).get("b")).toEqual({ title: "by hand", size: 1 });
});

it("an edited file is taken over but for what was written through the library since, though both were found to differ", async () => {
  await using hop = await filled();
  await toLive(hop);
  await hop.drained();
  await edit(hop, '"title": "a"', '"title": "a by hand"');
  await edit(hop, '"title": "b"', '"title": "b by hand"');
  await expect(hop.operator.reverse(hop.unit)).rejects.toMatchObject({ code: "STAGE_REFUSED" });
  expect((await hop.operator.verify(hop.unit)).differences).toBe(2);
  await hop.storage.collection(notes).put("a", { title: "a since", size: 2 });
  const { left } = await hop.operator.repair(hop.unit, { adopt: true });
  expect(left).toEqual([]);
  await hop.drained();
  expect(await hop.storage.collection(notes).get("a")).toEqual({ title: "a since", size: 2 });
  expect(await hop.storage.collection(notes).get("b")).toEqual({ title: "b by hand", size: 1 });
  await hop.operator.reverse(hop.unit);
  expect(await contentOf(hop.json, notes)).toEqual(await contentOf(hop.sqlite, notes));
});

it.runIf(isFull)(
  "an edited file that differs in more than can be written down is not adopted by halves",
  async () => {
    const many = Array.from({ length: 1200 }, (_, index) => `k${index}`);
    await using hop = await openHop([notes]);
    await hop.storage
      .collection(notes)
      .replaceAll(many.map((key) => [key, { title: "before", size: 1 }]));
    await toLive(hop);
    await hop.drained();
    const path = join(hop.folder, "notes.json");
    await writeFile(path, (await readFile(path, "utf8")).replaceAll("before", "by hand"));
    await expect(hop.operator.reverse(hop.unit)).rejects.toMatchObject({ code: "STAGE_REFUSED" });
    await hop.operator.repair(hop.unit, { adopt: true });
    // Those that were not written down are still known to be somebody else's.
    await expect(hop.operator.reverse(hop.unit)).rejects.toMatchObject({ code: "STAGE_REFUSED" });
    await hop.operator.repair(hop.unit, { adopt: true });
    await hop.drained();
    expect(await hop.storage.collection(notes).count({ title: "by hand" })).toBe(1200);
    await hop.operator.reverse(hop.unit);
  },
);
