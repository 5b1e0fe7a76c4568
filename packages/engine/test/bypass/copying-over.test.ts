import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { defineCollection } from "@cutover/core";
import type { AtFailpoint } from "@cutover/engine";
import { assertEqualStores, contentOf } from "../drain/equal-stores.ts";
import { openHop, toLive } from "./json-and-sqlite.ts";

const notes = defineCollection<string>({ name: "notes" });

/** An application that leaves what it marked to its operator. */
const neverDrains: AtFailpoint = (point) => {
  if (point === "drain/listed") throw new Error("this process does not drain");
};

it("a backfill ends with a refusal where somebody else wrote to the mirror that it is to copy to", async () => {
  await using hop = await openHop([notes], { at: neverDrains });
  await hop.storage.collection(notes).put("a", "first");
  await toLive(hop);
  await hop.storage.collection(notes).replaceAll([["a", "second"]]);
  const path = join(hop.folder, "notes.json");
  await writeFile(path, (await readFile(path, "utf8")).replace("first", "by hand"));
  const signal = AbortSignal.timeout(20_000);
  await expect(hop.operator.backfill(hop.unit, { signal })).rejects.toMatchObject({
    code: "STAGE_REFUSED",
    message: expect.stringContaining("somebody else wrote to the mirror"),
  });
  expect(await readFile(path, "utf8")).toContain("by hand");
  await hop.operator.repair(hop.unit, { discard: true });
  await assertEqualStores(hop.sqlite, hop.json, [notes]);
});

it("the way back brings along a collection that is still to be copied as a whole, though no application drains", async () => {
  await using hop = await openHop([notes], { at: neverDrains });
  await hop.storage.collection(notes).put("a", "first");
  await toLive(hop);
  await hop.storage.collection(notes).replaceAll([["b", "second"]]);
  await hop.operator.reverse(hop.unit);
  expect(await hop.operator.record(hop.unit)).toMatchObject({ stage: "shadow" });
  expect(await contentOf(hop.json, notes)).toEqual(['["b","second"]']);
});
