import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCollection, integer, text } from "@cutover/core";
import { describe, expect, it } from "vitest";
import { openStorage } from "../../src/open-storage.ts";
import { runJson } from "./run.ts";

const models = defineCollection<{ source: string; size: number; origin?: string }>({
  name: "models",
  fields: { size: integer(), origin: text() },
});

/** Migrated by what the file looks like, and then written to by an application that defines more. */
async function definedOtherwise(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cutover-own-"));
  await writeFile(join(folder, "models.json"), '{"a": {"source": "x", "size": 1}}');
  await runJson(["migrate", folder]);
  await using storage = await openStorage({ config: { folder, collections: [models] }, env: {} });
  await storage.collection(models).put("b", { source: "y", size: 2 });
  return folder;
}

describe("a database whose application defines its collections itself", () => {
  it("is shown, verified and rolled back without a config", async () => {
    const folder = await definedOtherwise();
    const status = await runJson(["status", folder]);
    expect(status).toMatchObject({
      code: 0,
      answer: { problems: [], collections: [{ name: "models", records: 2 }] },
    });
    expect(await runJson(["verify", folder])).toMatchObject({
      code: 0,
      answer: { isSound: true, isWrittenSince: true },
    });
    expect((await runJson(["rollback", folder, "--yes"])).code).toBe(0);
    expect(JSON.parse(await readFile(join(folder, "models.json"), "utf8"))).toEqual({
      a: { source: "x", size: 1 },
      b: { source: "y", size: 2 },
    });
  });

  it("can be looked at beside a file that came later", async () => {
    const folder = await definedOtherwise();
    await writeFile(join(folder, "later.json"), '{"z": {"q": 1}}');
    expect(await runJson(["status", folder])).toMatchObject({
      code: 0,
      answer: { problems: [], edited: [{ file: "later.json", state: "appeared" }] },
    });
    expect(await runJson(["verify", folder])).toMatchObject({
      code: 3,
      answer: { edited: [{ file: "later.json", state: "appeared" }] },
    });
  });
});
