import { cutoverBackend } from "@cutover/engine";
import { expect, it } from "vitest";
import { toShadow } from "../bypass/json-and-sqlite.ts";
import { assertEqualStores } from "../drain/equal-stores.ts";
import { filled, notes } from "./scene.ts";

it("marks that a process left when it ended are drained by one that is idle", async () => {
  await using hop = await filled();
  await toShadow(hop);
  await hop.drained();
  const { json, sqlite, control, unit } = hop;
  const other = await cutoverBackend({ old: json, new: sqlite, control, units: [unit] });
  const collection = other.collection(notes);
  await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      collection.put(`n${index}`, { title: "n", size: index }),
    ),
  );
  await other.close();
  await hop.drained();
  await assertEqualStores(json, sqlite, [notes]);
  expect(await hop.storage.collection(notes).has("n49")).toBe(true);
});
