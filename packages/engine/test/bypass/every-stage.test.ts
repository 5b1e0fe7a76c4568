import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, describe, it } from "vitest";
import { contentOf } from "../drain/equal-stores.ts";
import { filled, keysOf, notes, type Scene } from "../trouble/scene.ts";
import { toLive, toShadow } from "./json-and-sqlite.ts";

type Walk = (hop: Scene) => Promise<unknown>;

const toDualwrite: Walk = async ({ operator, unit }) => {
  await operator.start(unit);
  await operator.backfill(unit);
};
const toRampdown: Walk = async (hop) => {
  await toLive(hop);
  await hop.operator.rampDown(hop.unit);
};
const toComplete: Walk = async (hop) => {
  await toRampdown(hop);
  await hop.operator.complete(hop.unit);
};

type Content = Record<string, { title: string; size: number }>;
/** What somebody does to a file with three records, and what it holds then. */
const edits: Readonly<Record<string, (before: Content) => Content>> = {
  "a value changed": (before) => ({ ...before, b: { title: "by hand", size: 1 } }),
  "a record added at the end": (before) => ({ ...before, z: { title: "by hand", size: 9 } }),
  "a record added in front": (before) => ({ z: { title: "by hand", size: 9 }, ...before }),
  "a record deleted": ({ b: _gone, ...rest }) => rest,
  "records in another order": (before) => Object.fromEntries(Object.entries(before).toReversed()),
  "everything deleted": () => ({}),
};

/** What is written meanwhile cannot be compared, and is waited for: not every edit is worth that each time. */
const fewEdits = Object.entries(edits).filter(
  ([what]) => process.env["CUTOVER_PROOF"] === "full" || what === "a record deleted",
);

const fileOf = ({ folder }: Scene): string => join(folder, "notes.json");

async function edit(hop: Scene, change: (before: Content) => Content): Promise<Content> {
  const before: Content = JSON.parse(await readFile(fileOf(hop), "utf8"));
  const after = change(before);
  await writeFile(fileOf(hop), JSON.stringify(after, null, 2));
  return after;
}

const entries = (content: Content): string[] =>
  Object.entries(content).map((entry) => JSON.stringify(entry));

describe.each([
  ["off", async () => undefined],
  ["dualwrite", toDualwrite],
  ["shadow", toShadow],
] as const satisfies readonly (readonly [string, Walk])[])(
  "at %s, where the file is in charge",
  (stage, walk) => {
    it.each(Object.entries(edits))("an edit by hand is what counts: %s", async (_what, change) => {
      await using hop = await filled();
      await walk(hop);
      await hop.drained();
      const after = entries(await edit(hop, change));
      expect(await contentOf(hop.storage, notes)).toEqual(after);
      await hop.storage.collection(notes).put("later", { title: "later", size: 3 });
      const both = [...after, JSON.stringify(["later", { title: "later", size: 3 }])];
      expect(await contentOf(hop.storage, notes)).toEqual(both);
      if (stage === "off") return;
      await expect.poll(() => contentOf(hop.sqlite, notes)).toEqual(both);
      await hop.drained();
      expect((await hop.operator.verify(hop.unit)).isClean).toBe(true);
    });
  },
);

describe.each([
  ["live", toLive],
  ["rampdown", toRampdown],
] as const)("at %s, where the file mirrors the database", (_stage, walk) => {
  it.each(fewEdits)(
    "an edit by hand is not read, not overwritten, closes the way back, and is decided: %s",
    async (_what, change) => {
      await using hop = await filled();
      await walk(hop);
      await hop.drained();
      const before = await contentOf(hop.storage, notes);
      const after = await edit(hop, change);
      expect(await contentOf(hop.storage, notes)).toEqual(before);
      await hop.storage.collection(notes).put("later", { title: "later", size: 3 });
      await expect(hop.operator.reverse(hop.unit)).rejects.toMatchObject({
        code: "STAGE_REFUSED",
        message: expect.stringContaining("somebody else wrote to the mirror"),
      });
      expect(JSON.parse(await readFile(fileOf(hop), "utf8"))).toEqual(after);
      await hop.operator.repair(hop.unit, { discard: true });
      await hop.operator.reverse(hop.unit);
      expect(await keysOf(hop.storage)).toEqual(["a", "b", "c", "later"]);
      expect((await contentOf(hop.storage, notes)).slice(0, 3)).toEqual(before);
    },
  );
});

it.each(Object.entries(edits))(
  "at complete, where the file is retired, an edit by hand changes nothing: %s",
  async (_what, change) => {
    await using hop = await filled();
    await toComplete(hop);
    const before = await contentOf(hop.storage, notes);
    const after = await edit(hop, change);
    await hop.storage.collection(notes).put("later", { title: "later", size: 3 });
    expect((await contentOf(hop.storage, notes)).slice(0, 3)).toEqual(before);
    expect(JSON.parse(await readFile(fileOf(hop), "utf8"))).toEqual(after);
  },
);
