import { copyFile, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import type { StorageError } from "@cutover/core";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { toLive, toShadow } from "../bypass/json-and-sqlite.ts";
import { assertEqualStores } from "../drain/equal-stores.ts";
import { filled, keysOf, moveDatabase, notes, type Scene } from "./scene.ts";

const start = async ({ operator, unit }: Scene): Promise<void> => {
  await operator.start(unit);
  await operator.backfill(unit);
};

/** Another valid database of this library, made of a copy: another file at the same path. */
async function replaceDatabase(scene: Scene): Promise<void> {
  await moveDatabase(scene, "data.db", "aside.db");
  const { folder } = scene;
  const source = new Database(join(folder, "aside.db"), { readonly: true });
  await source.backup(join(folder, "data.db"));
  source.close();
}

const damages = {
  deleted: {
    harm: (scene: Scene) => moveDatabase(scene, "data.db", "aside.db"),
    says: "was deleted",
  },
  replaced: { harm: replaceDatabase, says: "was replaced" },
} as const;

/** Puts the file back that was there. */
async function putBack(scene: Scene): Promise<void> {
  for (const end of ["", "-wal", "-shm"])
    await rm(join(scene.folder, `data.db${end}`), { force: true });
  await moveDatabase(scene, "aside.db", "data.db");
}

const forced = { force: true, reason: "a test" };

describe.each(Object.entries(damages))("a database that is %s", (_name, { harm, says }) => {
  it.each([
    ["dualwrite", start],
    ["shadow", toShadow],
  ] as const)(
    "while it mirrors at %s harms no writer, is told, keeps the unit where it is, and catches up when it is back",
    async (stage, walk) => {
      const told: (StorageError | undefined)[] = [];
      const onMirrorTrouble = (_unit: string, trouble: StorageError | undefined): void =>
        void told.push(trouble);
      await using hop = await filled({ backend: { onMirrorTrouble } });
      await walk(hop);
      await hop.drained();
      await harm(hop);
      const collection = hop.storage.collection(notes);
      await collection.put("d", { title: "d", size: 4 });
      await collection.delete("a");
      expect(await keysOf(hop.storage)).toEqual(["b", "c", "d"]);
      await expect.poll(() => told.at(0)?.message).toContain(says);
      expect((await hop.operator.status(hop.unit)).dirty).toBe(2);
      const further = stage === "shadow" ? "switch" : "backfill";
      await expect(hop.operator[further](hop.unit, forced)).rejects.toMatchObject({
        code: "IO_FAILED",
        message: expect.stringContaining(says),
      });
      expect((await hop.operator.status(hop.unit)).record.stage).toBe(stage);
      await putBack(hop);
      await hop.drained();
      await assertEqualStores(hop.json, hop.sqlite, [notes]);
      await expect.poll(() => told.at(-1)).toBeUndefined();
    },
  );

  it("while it is in charge refuses every call, acknowledges nothing, is not left, and has everything when it is back", async () => {
    await using hop = await filled();
    await toLive(hop);
    await hop.storage.collection(notes).put("d", { title: "d", size: 4 });
    await hop.drained();
    await harm(hop);
    const collection = hop.storage.collection(notes);
    const gone = { code: "IO_FAILED", message: expect.stringContaining(says) };
    const calls = [
      () => collection.put("e", { title: "e", size: 5 }),
      () => collection.delete("a"),
      () => collection.clear(),
      () => hop.storage.transaction(async (work) => work.collection(notes).delete("b")),
      () => hop.operator.reverse(hop.unit),
      () => hop.operator.reverse(hop.unit, forced),
      () => hop.operator.verify(hop.unit),
      () => hop.operator.rampDown(hop.unit),
      () => collection.get("a"),
      () => collection.find({ where: { size: 4 } }),
      () => keysOf(hop.storage),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject(gone);
    expect((await hop.operator.record(hop.unit)).stage).toBe("live");
    expect(await keysOf(hop.json)).toEqual(["a", "b", "c", "d"]);
    await putBack(hop);
    expect(await keysOf(hop.storage)).toEqual(["a", "b", "c", "d"]);
    await collection.put("e", { title: "e", size: 5 });
    await hop.operator.reverse(hop.unit);
    expect(await keysOf(hop.storage)).toEqual(["a", "b", "c", "d", "e"]);
  });
});

describe.each(Object.entries(damages))(
  "a database that is %s when the way is all but gone",
  (_name, { harm, says }) => {
    it.each(["rampdown", "complete"] as const)(
      "at %s refuses every call, is no reason to read the files, and has everything when it is back",
      async (stage) => {
        await using hop = await filled();
        await toLive(hop);
        await hop.operator.rampDown(hop.unit);
        if (stage === "complete") await hop.operator.complete(hop.unit);
        const collection = hop.storage.collection(notes);
        await collection.put("d", { title: "d", size: 4 });
        if (stage === "rampdown") await hop.drained();
        await harm(hop);
        const gone = { code: "IO_FAILED", message: expect.stringContaining(says) };
        // Reads trust their last look for a moment; a write looks each time.
        const calls = [
          () => collection.put("e", { title: "e", size: 5 }),
          () => collection.get("a"),
          () => collection.count(),
          () => keysOf(hop.storage),
          () => collection.clear(),
          () => hop.storage.transaction((inside) => inside.collection(notes).delete("b")),
        ];
        for (const call of calls) await expect(call()).rejects.toMatchObject(gone);
        expect((await hop.operator.record(hop.unit)).stage).toBe(stage);
        await putBack(hop);
        expect(await keysOf(hop.storage)).toEqual(["a", "b", "c", "d"]);
        await collection.put("e", { title: "e", size: 5 });
        expect(await collection.count()).toBe(5);
      },
    );
  },
);

/** The log folded back, so that everything is in the file that is about to be cut. */
function foldBack({ folder }: Scene): void {
  const shell = new Database(join(folder, "data.db"));
  shell.pragma("wal_checkpoint(TRUNCATE)");
  shell.close();
}

describe.each([0, 4096, 10_000])("a database that is cut to %i bytes", (bytes) => {
  it("while it is in charge gives no wrong answer and acknowledges nothing, and a restored one has everything", async () => {
    await using hop = await filled();
    await toLive(hop);
    await hop.drained();
    foldBack(hop);
    const path = join(hop.folder, "data.db");
    await copyFile(path, join(hop.folder, "backup.db"));
    await truncate(path, bytes);
    const collection = hop.storage.collection(notes);
    const before = await keysOf(hop.storage).catch(() => "refused");
    expect(["refused", ["a", "b", "c"]]).toContainEqual(before);
    await expect(collection.put("d", { title: "d", size: 4 })).rejects.toMatchObject({
      code: expect.stringMatching(/CORRUPT_DATA|IO_FAILED/),
      message: expect.stringContaining("data.db"),
    });
    await expect(hop.operator.reverse(hop.unit)).rejects.toMatchObject({
      code: expect.stringMatching(/CORRUPT_DATA|IO_FAILED/),
    });
    expect(await keysOf(hop.json)).toEqual(["a", "b", "c"]);
  });

  it("while it mirrors harms no writer, and the unit stays where it is", async () => {
    await using hop = await filled();
    await toShadow(hop);
    await hop.drained();
    foldBack(hop);
    await truncate(join(hop.folder, "data.db"), bytes);
    await hop.storage.collection(notes).put("d", { title: "d", size: 4 });
    await expect(hop.operator.switch(hop.unit, forced)).rejects.toMatchObject({
      code: expect.stringMatching(/CORRUPT_DATA|IO_FAILED/),
    });
    expect(await keysOf(hop.storage)).toEqual(["a", "b", "c", "d"]);
    expect((await hop.operator.status(hop.unit)).dirty).toBe(1);
  });
});
