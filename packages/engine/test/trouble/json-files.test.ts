import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StorageError } from "@cutover/core";
import { describe, expect, it } from "vitest";
import { toLive, toShadow } from "../bypass/json-and-sqlite.ts";
import { assertEqualStores } from "../drain/equal-stores.ts";
import { filled, keysOf, notes, whileClosed, type Scene } from "./scene.ts";

const fileOf = ({ folder }: Scene): string => join(folder, "notes.json");
const asideOf = ({ folder }: Scene): string => join(folder, "notes.aside");
const forced = { force: true, reason: "a test" };

describe("a JSON file that is deleted", () => {
  it("while it is in charge is not mirrored: the database keeps what it has, and no switch is made", async () => {
    const told: (StorageError | undefined)[] = [];
    const onMirrorTrouble = (_unit: string, trouble: StorageError | undefined): void =>
      void told.push(trouble);
    await using hop = await filled({ backend: { onMirrorTrouble } });
    await toShadow(hop);
    await rename(fileOf(hop), asideOf(hop));
    await expect(hop.storage.collection(notes).get("a")).rejects.toMatchObject({
      code: "DIVERGED",
    });
    await expect.poll(() => told.at(-1)?.code).toBe("DIVERGED");
    expect(await keysOf(hop.sqlite)).toEqual(["a", "b", "c"]);
    await expect(hop.operator.switch(hop.unit, forced)).rejects.toMatchObject({
      code: "DIVERGED",
      message: expect.stringContaining("nothing was removed"),
    });
    await rename(asideOf(hop), fileOf(hop));
    await hop.drained();
    expect(await keysOf(hop.storage)).toEqual(["a", "b", "c"]);
    await hop.operator.switch(hop.unit, forced);
    expect(await keysOf(hop.storage)).toEqual(["a", "b", "c"]);
  });

  it("while it is in charge is not begun anew by a write, which would leave nothing else", async () => {
    await using hop = await filled();
    await toShadow(hop);
    await hop.drained();
    await rename(fileOf(hop), asideOf(hop));
    const collection = hop.storage.collection(notes);
    const gone = { code: "DIVERGED", message: expect.stringContaining("notes.json") };
    await expect(collection.put("d", { title: "d", size: 4 })).rejects.toMatchObject(gone);
    await expect(collection.delete("a")).rejects.toMatchObject(gone);
    const work = hop.storage.transaction((inside) =>
      inside.collection(notes).put("d", { title: "d", size: 4 }),
    );
    await expect(work).rejects.toMatchObject(gone);
    expect(await keysOf(hop.sqlite)).toEqual(["a", "b", "c"]);
    await rename(asideOf(hop), fileOf(hop));
    await collection.put("d", { title: "d", size: 4 });
    await hop.drained();
    expect(await keysOf(hop.sqlite)).toEqual(["a", "b", "c", "d"]);
  });

  it("while it is in charge is begun anew by who says that it is to be empty", async () => {
    await using hop = await filled();
    await toShadow(hop);
    await hop.drained();
    await rm(fileOf(hop));
    await hop.storage.collection(notes).clear();
    await hop.storage.collection(notes).put("d", { title: "d", size: 4 });
    await hop.drained();
    expect(await keysOf(hop.sqlite)).toEqual(["d"]);
  });

  it("while no process was running is found by a verification, and the database keeps what it has", async () => {
    const first = await filled();
    await toShadow(first);
    await first.operator.verify(first.unit);
    await using hop = await whileClosed(first, () => rm(fileOf(first)));
    await hop.open();
    const report = await hop.operator.verify(hop.unit);
    expect(report.differences).toBe(3);
    await expect(hop.operator.switch(hop.unit)).rejects.toMatchObject({ code: "STAGE_REFUSED" });
    await hop.operator.repair(hop.unit).catch(() => undefined);
    expect(await keysOf(hop.sqlite)).toEqual(["a", "b", "c"]);
  });

  it("while nobody was reading is not switched away from, though a verification was clean before", async () => {
    await using hop = await filled();
    await toShadow(hop);
    await hop.drained();
    await hop.operator.verify(hop.unit);
    await rename(fileOf(hop), asideOf(hop));
    await expect(hop.operator.switch(hop.unit)).rejects.toMatchObject({ code: "DIVERGED" });
    expect(await keysOf(hop.sqlite)).toEqual(["a", "b", "c"]);
    await rename(asideOf(hop), fileOf(hop));
    await hop.operator.switch(hop.unit);
    expect(await keysOf(hop.storage)).toEqual(["a", "b", "c"]);
  });

  it("while it mirrors is noticed, not made anew, and closes the way back until that is decided", async () => {
    await using hop = await filled();
    await toLive(hop);
    await hop.storage.collection(notes).put("d", { title: "d", size: 4 });
    await hop.drained();
    await rm(fileOf(hop));
    await hop.storage.collection(notes).put("e", { title: "e", size: 5 });
    await expect(hop.operator.reverse(hop.unit)).rejects.toMatchObject({
      code: "STAGE_REFUSED",
      message: expect.stringContaining("somebody else wrote to the mirror"),
    });
    expect(await keysOf(hop.storage)).toEqual(["a", "b", "c", "d", "e"]);
    await hop.operator.repair(hop.unit, { discard: true });
    await hop.operator.reverse(hop.unit);
    expect(await keysOf(hop.storage)).toEqual(["a", "b", "c", "d", "e"]);
    expect(await readFile(fileOf(hop), "utf8")).toContain('"e"');
  });
});

const broken = {
  code: "CORRUPT_DATA",
  message: expect.stringMatching(/notes\.json.*line \d+, column \d+/s),
};

/** Makes a file unreadable, as a slip in an editor does. @returns what mends it */
async function breakFile(hop: Scene): Promise<() => Promise<void>> {
  const before = await readFile(fileOf(hop), "utf8");
  await writeFile(fileOf(hop), before.replace('"b": {', '"b": {,'));
  return () => writeFile(fileOf(hop), before);
}

const start = async ({ operator, unit }: Scene): Promise<void> => {
  await operator.start(unit);
  await operator.backfill(unit);
};

it("an edit of the file in charge that nobody has read comes along in a switch", async () => {
  await using hop = await filled();
  await toShadow(hop);
  await hop.drained();
  await hop.operator.verify(hop.unit);
  const before = await readFile(fileOf(hop), "utf8");
  await writeFile(fileOf(hop), before.replace('"title": "b"', '"title": "by hand"'));
  await hop.operator.switch(hop.unit);
  expect(await hop.storage.collection(notes).get("b")).toEqual({ title: "by hand", size: 1 });
});

describe("a JSON file that cannot be parsed", () => {
  it.each([
    ["off", () => Promise.resolve(), []],
    ["dualwrite", start, ["a", "b", "c"]],
    ["shadow", toShadow, ["a", "b", "c"]],
  ] as const)(
    "while it is in charge at %s refuses every call with the place of the fault, leaves the database alone, and mends itself",
    async (stage, walk, copied) => {
      await using hop = await filled();
      await walk(hop);
      await hop.drained();
      const mend = await breakFile(hop);
      const collection = hop.storage.collection(notes);
      await expect(collection.get("b")).rejects.toMatchObject(broken);
      await expect(keysOf(hop.storage)).rejects.toMatchObject(broken);
      await expect(collection.put("d", { title: "d", size: 4 })).rejects.toMatchObject(broken);
      await expect(collection.clear()).rejects.toMatchObject(broken);
      expect(await keysOf(hop.sqlite)).toEqual(copied);
      await mend();
      expect(await keysOf(hop.storage)).toEqual(["a", "b", "c"]);
      await collection.put("d", { title: "d", size: 4 });
      if (stage === "off") return;
      await hop.drained();
      await assertEqualStores(hop.json, hop.sqlite, [notes]);
    },
  );

  it("while it is in charge is not switched away from", async () => {
    await using hop = await filled();
    await toShadow(hop);
    const mend = await breakFile(hop);
    await expect(hop.operator.switch(hop.unit, forced)).rejects.toMatchObject(broken);
    await mend();
    await hop.operator.switch(hop.unit, forced);
    expect(await keysOf(hop.storage)).toEqual(["a", "b", "c"]);
  });

  it("while it mirrors harms nobody, is not overwritten, and is caught up with once it is mended", async () => {
    await using hop = await filled();
    await toLive(hop);
    await hop.drained();
    await breakFile(hop);
    const spoilt = await readFile(fileOf(hop), "utf8");
    await hop.storage.collection(notes).put("d", { title: "d", size: 4 });
    expect(await keysOf(hop.storage)).toEqual(["a", "b", "c", "d"]);
    await expect(hop.operator.reverse(hop.unit)).rejects.toMatchObject({ code: "STAGE_REFUSED" });
    expect(await readFile(fileOf(hop), "utf8")).toBe(spoilt);
    await writeFile(fileOf(hop), spoilt.replace('"b": {,', '"b": {'));
    await hop.operator.repair(hop.unit, { discard: true });
    await hop.operator.reverse(hop.unit);
    expect(await keysOf(hop.storage)).toEqual(["a", "b", "c", "d"]);
    await assertEqualStores(hop.json, hop.sqlite, [notes]);
  });
});
