import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { epochMarks } from "../../src/unit/store-epoch.ts";
import { toLive, toShadow } from "../bypass/json-and-sqlite.ts";
import { contentOf } from "../drain/equal-stores.ts";
import { filled, keysOf, moveDatabase, notes, whileClosed } from "./scene.ts";

const refused = (what: string): object => ({
  code: "STAGE_REFUSED",
  message: expect.stringContaining(what),
});

it("an empty database in place of the one in charge is never taken for the data", async () => {
  const first = await filled();
  await toLive(first);
  await first.drained();
  const before = await readFile(join(first.folder, "notes.json"), "utf8");
  await using hop = await whileClosed(first, () => moveDatabase(first, "data.db", "aside.db"));
  await expect(hop.open()).rejects.toMatchObject(refused("does not know of it"));
  for (const verb of ["reverse", "verify", "repair", "backfill", "rampDown"] as const)
    await expect(hop.operator[verb](hop.unit)).rejects.toMatchObject(
      refused("does not know of it"),
    );
  expect(await readFile(join(hop.folder, "notes.json"), "utf8")).toBe(before);
});

it("the database that was put back is in charge again, with everything", async () => {
  const first = await filled();
  await toLive(first);
  await first.drained();
  const all = await contentOf(first.sqlite, notes);
  const second = await whileClosed(first, () => moveDatabase(first, "data.db", "aside.db"));
  await expect(second.open()).rejects.toMatchObject({ code: "STAGE_REFUSED" });
  await using hop = await whileClosed(second, async () => {
    await rm(join(first.folder, "data.db"));
    await moveDatabase(first, "aside.db", "data.db");
  });
  await hop.open();
  expect(await contentOf(hop.storage, notes)).toEqual(all);
  await hop.operator.reverse(hop.unit);
  expect(await contentOf(hop.storage, notes)).toEqual(all);
});

it("an empty database in place of the mirror has to be copied to again before a switch", async () => {
  const first = await filled();
  await toShadow(first);
  await first.operator.verify(first.unit);
  expect((await first.operator.status(first.unit)).blockedBy).toEqual([]);
  await using hop = await whileClosed(first, () => moveDatabase(first, "data.db", "aside.db"));
  await expect(hop.operator.switch(hop.unit)).rejects.toMatchObject(
    refused("not everything was copied"),
  );
  await hop.open();
  await hop.storage.collection(notes).put("d", { title: "d", size: 4 });
  await expect(hop.operator.switch(hop.unit)).rejects.toMatchObject({ code: "STAGE_REFUSED" });
  await hop.operator.backfill(hop.unit);
  await hop.operator.verify(hop.unit);
  await hop.operator.switch(hop.unit);
  expect(await keysOf(hop.sqlite)).toEqual(["a", "b", "c", "d"]);
});

it("another folder's database in place of the mirror is neither overwritten nor taken for the mirror", async () => {
  await using other = await filled();
  await toLive(other);
  await other.sqlite.close();
  const first = await filled();
  await toShadow(first);
  await using hop = await whileClosed(first, async () => {
    await moveDatabase(first, "data.db", "aside.db");
    await cp(join(other.folder, "data.db"), join(first.folder, "data.db"));
  });
  await expect(hop.open()).rejects.toMatchObject(refused("another control store"));
  const force = { force: true, reason: "a test" };
  await expect(hop.operator.switch(hop.unit, force)).rejects.toMatchObject(
    refused("another control store"),
  );
  // There is a way out: the store in charge is the right one.
  await hop.operator.cancel(hop.unit);
  await hop.open();
  expect(await contentOf(hop.storage, notes)).toHaveLength(3);
  // And the other folder can have its database back.
  expect(await hop.sqlite.collection(epochMarks).get("unit")).toMatchObject({
    incarnation: await other.control.incarnation(),
  });
});

it("a database with records that this library was never moved to is not overwritten as a mirror", async () => {
  const first = await filled();
  await toShadow(first);
  await using hop = await whileClosed(first, () => moveDatabase(first, "data.db", "aside.db"));
  await hop.sqlite.collection(notes).put("theirs", { title: "theirs", size: 1 });
  await expect(hop.open()).rejects.toMatchObject(refused("does not know of it"));
  await expect(hop.operator.backfill(hop.unit)).rejects.toMatchObject(
    refused("does not know of it"),
  );
  expect(await contentOf(hop.sqlite, notes)).toHaveLength(1);
});

it.each([
  ["shadow", toShadow],
  ["live", toLive],
] as const)(
  "at %s, a new control store in place of the one that decides is refused",
  async (_stage, walk) => {
    const first = await filled();
    await walk(first);
    await first.drained();
    await using hop = await whileClosed(first, () =>
      rename(join(first.folder, ".cutover", "control.db"), join(first.folder, "aside.db")),
    );
    await expect(hop.open()).rejects.toMatchObject(refused("another control store"));
    await expect(hop.operator.start(hop.unit)).rejects.toMatchObject(
      refused("another control store"),
    );
  },
);

it("a control store from an older backup is refused", async () => {
  const first = await filled();
  await toShadow(first);
  await mkdir(join(first.folder, "backup"));
  const backup = join(first.folder, "backup", "control.db");
  await first.control.backup(backup);
  await first.operator.switch(first.unit, { force: true, reason: "a test" });
  const place = join(first.folder, ".cutover", "control.db");
  await using hop = await whileClosed(first, () => cp(backup, place));
  await expect(hop.open()).rejects.toMatchObject(refused("older backup"));
});

it("marks that a dead process left behind are brought up by the next one", async () => {
  await using hop = await filled();
  await toShadow(hop);
  await hop.json.collection(epochMarks).put("unit", {
    incarnation: await hop.control.incarnation(),
    epoch: 1,
    isMoving: true,
  });
  const again = await hop.open();
  expect(await hop.json.collection(epochMarks).get("unit")).toMatchObject({ epoch: 2 });
  expect((await again.info()).collections.map(({ name }) => name)).toEqual(["notes"]);
});

it("a unit that was cancelled is free of the control store that moved it", async () => {
  const first = await filled();
  await toShadow(first);
  await first.operator.cancel(first.unit);
  await using hop = await whileClosed(first, () =>
    rename(join(first.folder, ".cutover", "control.db"), join(first.folder, "aside.db")),
  );
  await hop.open();
  await toShadow(hop);
  expect(await contentOf(hop.sqlite, notes)).toHaveLength(3);
});

const path = (folder: string): string => join(folder, ".cutover", "engine", "epochs.json");

describe("what the files say of themselves", () => {
  it.each([
    ["shadow", toShadow, "in charge of"],
    ["live", toLive, "kept equal for"],
  ] as const)(
    "deleted at %s keeps them from being taken for others",
    async (_stage, walk, role) => {
      const first = await filled();
      await walk(first);
      await first.drained();
      await using hop = await whileClosed(first, () => rm(path(first.folder)));
      await expect(hop.open()).rejects.toMatchObject(refused(role));
      for (const verb of ["switch", "reverse", "verify", "repair"] as const)
        await expect(hop.operator[verb](hop.unit)).rejects.toMatchObject({ code: "STAGE_REFUSED" });
      expect(await keysOf(hop.json)).toEqual(["a", "b", "c"]);
      expect(await keysOf(hop.sqlite)).toEqual(["a", "b", "c"]);
    },
  );

  it.each(["not JSON", '{"unit": 5}', '{"unit": {"incarnation": 1}}'])(
    "spoilt by hand (%s) is told, and nothing is read or written",
    async (content) => {
      const first = await filled();
      await toShadow(first);
      await first.drained();
      await using hop = await whileClosed(first, () => writeFile(path(first.folder), content));
      await expect(hop.open()).rejects.toMatchObject({ code: "CORRUPT_DATA" });
      await expect(hop.operator.switch(hop.unit)).rejects.toMatchObject({
        code: expect.stringMatching(/CORRUPT_DATA|STAGE_REFUSED/),
      });
      expect(await keysOf(hop.json)).toEqual(["a", "b", "c"]);
    },
  );
});
