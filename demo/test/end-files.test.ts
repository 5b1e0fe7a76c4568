import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCollection, type JsonValue } from "cutover";
import { describe, expect, it, onTestFinished } from "vitest";
import { allRecords, compareEnd, type Expectation } from "../src/end-files.ts";

const models = defineCollection({ name: "models" });
const original = { a: { size: 1 }, b: { size: 2 }, c: { size: 3 } };

async function scene(files: object): Promise<Map<string, ReadonlyMap<string, JsonValue>>> {
  const folder = await mkdtemp(join(tmpdir(), "cutover-end-files-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "models.json"), JSON.stringify(files));
  return allRecords(folder, [models]);
}

async function expected(): Promise<Expectation> {
  return {
    before: await scene(original),
    subjects: [{ definition: models }],
    promised: {
      counted: 2,
      entries: [
        { collection: "models", key: "demo-kept", value: { size: 4 } },
        { collection: "models", key: "demo-gone" },
      ],
    },
  };
}
const right = { ...original, "demo-kept": { size: 4 }, "demo-counter": { demo: 2 } };
const { a, b, c } = original;

describe("the comparison at the end of the demo", () => {
  it("finds nothing where the files hold everything that was there and was acknowledged", async () => {
    const report = compareEnd(await expected(), await scene(right));
    expect(report).toEqual({ records: 5, promises: 2, differences: [] });
  });

  it.each([
    ["a record that is gone", { ...right, b: undefined }, ["b is missing"]],
    ["a record that changed", { ...right, b: { size: 9 } }, ["b differs"]],
    ["a lost write", { ...right, "demo-kept": undefined }, ["demo-kept is missing"]],
    ["an older write", { ...right, "demo-kept": { size: 3 } }, ["demo-kept differs"]],
    ["a deleted record that is back", { ...right, "demo-gone": {} }, ["demo-gone was not there"]],
    ["an update that was lost", { ...right, "demo-counter": { demo: 1 } }, ["says 1, and 2 were"]],
    [
      "records that changed places",
      { a, c, b, "demo-kept": { size: 4 }, "demo-counter": { demo: 2 } },
      ["b was moved", "c was moved"],
    ],
  ])("finds %s", async (_what, files, found) => {
    const { differences } = compareEnd(await expected(), await scene(files));
    expect(differences).toEqual(found.map((words) => expect.stringContaining(words)));
  });
});
