import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StorageError } from "@cutover/core";
import { afterAll, describe, expect, it } from "vitest";
import { toLive, toShadow } from "../bypass/json-and-sqlite.ts";
import { assertEqualStores } from "../drain/equal-stores.ts";
import { filled, keysOf, notes, type SceneOptions } from "./scene.ts";
import { smallDisk } from "./small-disk.ts";

const disk = smallDisk();
const rooms: string[] = [];
afterAll(() => {
  disk?.remove();
  for (const room of rooms) rmSync(room, { recursive: true });
});

/** A fresh folder on the small disk. */
const place = (): string => mkdtempSync(join(disk?.path ?? "", "scene-"));
const fill = async (): Promise<() => void> => (await disk?.fillUp(0)) ?? (() => undefined);
const large = { title: "x".repeat(300_000), size: 1 };
const full = { code: "DISK_FULL" };

/** Everything but the folder of files lies where there is room. */
function onlyFiles(): SceneOptions {
  const room = mkdtempSync(join(tmpdir(), "cutover-room-"));
  rooms.push(room);
  return { folder: place(), database: join(room, "data.db"), control: join(room, "control") };
}
const onlyDatabase = (): SceneOptions => ({ database: join(place(), "data.db") });
const onlyControl = (): SceneOptions => ({ control: place() });

// Mounting needs the right to; CI runs this as root.
const why = disk === undefined ? " (NOT TRIED: this process may not mount a small disk)" : "";

describe.skipIf(disk === undefined)(`a disk that is full${why}`, () => {
  it.each([
    ["files", "shadow", onlyFiles, toShadow],
    ["database", "live", onlyDatabase, toLive],
  ] as const)(
    "under the %s in charge at %s refuses what does not fit, acknowledges nothing, and both stores stay equal",
    async (_what, _stage, where, walk) => {
      await using hop = await filled(where());
      await walk(hop);
      await hop.drained();
      const free = await fill();
      const collection = hop.storage.collection(notes);
      await expect(collection.put("d", large)).rejects.toMatchObject(full);
      await expect(collection.put("a", large)).rejects.toMatchObject(full);
      const work = hop.storage.transaction(async (inside) => {
        await inside.collection(notes).delete("b");
        await inside.collection(notes).put("d", large);
      });
      await expect(work).rejects.toMatchObject(full);
      expect(await keysOf(hop.storage)).toEqual(["a", "b", "c"]);
      expect(await collection.get("a")).toEqual({ title: "a", size: 1 });
      await hop.drained();
      await assertEqualStores(hop.json, hop.sqlite, [notes]);
      free();
      await collection.put("d", large);
      await hop.drained();
      await assertEqualStores(hop.json, hop.sqlite, [notes]);
    },
  );

  it.each([
    ["database", "shadow", onlyDatabase, toShadow],
    ["files", "live", onlyFiles, toLive],
  ] as const)(
    "under the %s that mirror at %s harms no writer; what they lack is counted, and made up for when there is room",
    async (_what, stage, where, walk) => {
      const told: (StorageError | undefined)[] = [];
      const onMirrorTrouble = (_unit: string, trouble: StorageError | undefined): void =>
        void told.push(trouble);
      await using hop = await filled({ ...where(), backend: { onMirrorTrouble } });
      await walk(hop);
      await hop.drained();
      const free = await fill();
      const collection = hop.storage.collection(notes);
      for (const key of ["d", "e", "f"]) await collection.put(key, large);
      expect(await keysOf(hop.storage)).toEqual(["a", "b", "c", "d", "e", "f"]);
      await expect.poll(() => told.at(0)?.code).toBe("DISK_FULL");
      expect((await hop.operator.status(hop.unit)).dirty).toBe(3);
      const action = stage === "shadow" ? "switch" : "reverse";
      await expect(
        hop.operator[action](hop.unit, { force: true, reason: "a test" }),
      ).rejects.toMatchObject(full);
      expect((await hop.operator.record(hop.unit)).stage).toBe(stage);
      free();
      await hop.drained();
      await assertEqualStores(hop.json, hop.sqlite, [notes]);
    },
  );

  it.each([
    ["shadow", toShadow],
    ["live", toLive],
  ] as const)(
    "under the control store at %s refuses writes before either store was touched",
    async (_stage, walk) => {
      await using hop = await filled(onlyControl());
      await walk(hop);
      await hop.drained();
      const free = await fill();
      const collection = hop.storage.collection(notes);
      let accepted = 0;
      // The log of the control store has some room left that it had before.
      const refusal: unknown = await (async () => {
        for (; accepted < 5000; accepted++)
          await collection.put(`n${accepted % 10}`, { title: "n", size: accepted });
      })().catch((error: unknown) => error);
      expect(refusal).toMatchObject(full);
      const now = await keysOf(hop.storage);
      await expect(collection.delete("a")).rejects.toMatchObject(full);
      await expect(collection.put("no", { title: "no", size: 1 })).rejects.toMatchObject(full);
      await expect(collection.clear()).rejects.toMatchObject(full);
      expect(await keysOf(hop.storage)).toEqual(now);
      free();
      await collection.put("yes", { title: "yes", size: 1 });
      await hop.drained();
      expect(await keysOf(hop.storage)).toEqual([...now, "yes"]);
      await assertEqualStores(hop.json, hop.sqlite, [notes]);
    },
  );
});
