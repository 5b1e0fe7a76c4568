import { cp, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sqliteControl } from "@cutover/kysely/control";
import { toLive, toShadow } from "../bypass/json-and-sqlite.ts";
import { assertEqualStores } from "../drain/equal-stores.ts";
import { filled, keysOf, notes, type Scene } from "./scene.ts";

const places = [
  "control.db",
  "control.db-wal",
  "control.db-shm",
  "control.generation",
  "control.locks",
];
const stateOf = ({ folder }: Scene): string => join(folder, ".cutover");
const asideOf = ({ folder }: Scene): string => join(folder, "aside");

async function remove(scene: Scene): Promise<void> {
  await cp(stateOf(scene), asideOf(scene), { recursive: true });
  for (const place of places)
    await rm(join(stateOf(scene), place), { recursive: true, force: true });
}

async function replace(scene: Scene): Promise<void> {
  await remove(scene);
  await using anew = sqliteControl({ path: join(stateOf(scene), "control.db") });
  await anew.open();
}

/** Moves everything to another name. */
async function move(scene: Scene, from: string, to: string): Promise<void> {
  for (const place of places)
    await rename(join(stateOf(scene), from, place), join(stateOf(scene), to, place)).catch(
      () => undefined,
    );
}

describe.each([
  ["deleted", remove],
  ["replaced by a new one", replace],
] as const)("a control store that is %s", (_name, harm) => {
  it.each([
    ["shadow", toShadow],
    ["live", toLive],
  ] as const)(
    "at %s keeps everybody from writing and from moving the unit; nothing that it would have to know is written",
    async (stage, walk) => {
      await using hop = await filled();
      await walk(hop);
      await hop.drained();
      await harm(hop);
      const collection = hop.storage.collection(notes);
      const gone = { code: "IO_FAILED", message: expect.stringContaining("the control store was") };
      await expect(collection.put("d", { title: "d", size: 4 })).rejects.toMatchObject(gone);
      await expect(collection.delete("a")).rejects.toMatchObject(gone);
      await expect(collection.clear()).rejects.toMatchObject(gone);
      const work = hop.storage.transaction(async (inside) => inside.collection(notes).delete("b"));
      await expect(work).rejects.toMatchObject(gone);
      const action = stage === "live" ? "reverse" : "switch";
      await expect(
        hop.operator[action](hop.unit, { force: true, reason: "a test" }),
      ).rejects.toMatchObject(gone);
      await expect(hop.operator.backfill(hop.unit)).rejects.toMatchObject(gone);
      for (const store of [hop.json, hop.sqlite])
        expect(await keysOf(store)).toEqual(["a", "b", "c"]);
    },
  );
});

it("a control store that is put back goes on deciding, and everything drains", async () => {
  await using hop = await filled();
  await toShadow(hop);
  await hop.drained();
  await mkdir(join(stateOf(hop), "elsewhere"));
  await move(hop, "", "elsewhere");
  const collection = hop.storage.collection(notes);
  await expect(collection.put("d", { title: "d", size: 4 })).rejects.toMatchObject({
    code: "IO_FAILED",
  });
  await move(hop, "elsewhere", "");
  await collection.put("d", { title: "d", size: 4 });
  await hop.drained();
  await assertEqualStores(hop.json, hop.sqlite, [notes]);
});
