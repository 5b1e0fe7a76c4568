import { rename, writeFile } from "node:fs/promises";
import { openStorage } from "cutover";
import { describe, expect, it, onTestFinished } from "vitest";
import { storesConfig } from "../src/stores/open-stores.ts";
import { storesOn, type Stores } from "../src/stores/stores.ts";
import { LiveStores } from "../src/server/live-stores.ts";
import { StorageError } from "@cutover/core";
import { makeFolder, small, type Folder } from "./folder.ts";

/** Stores of which each may be moved by itself. */
async function movingStores(folder: Folder): Promise<Stores> {
  const config = { ...storesConfig, teams: {} };
  const storage = await openStorage({ folder: folder.path, config, env: {}, onWarning: () => {} });
  const stores = storesOn({ storage, folder: folder.path });
  onTestFinished(() => stores.close());
  return stores;
}

describe("stores that move one by one", () => {
  it("have the documents around catalogue and aliases, and leave them as they are", async () => {
    const folder = await makeFolder("json", { lookalike: small });
    const plain = await folder.open();
    const [catalog, aliases] = [
      await plain.catalog.getDocument(),
      await plain.aliases.getDocument(),
    ];
    const moving = await movingStores(folder);
    expect(moving.storage.kind).toBe("cutover");
    expect(await moving.catalog.getDocument()).toEqual(catalog);
    expect(await moving.aliases.getDocument()).toEqual(aliases);
    await expect(moving.catalog.setMeta({ version: "9" })).rejects.toMatchObject({
      code: "STAGE_REFUSED",
    });
    expect(await moving.catalog.getDocument()).toEqual(catalog);
  });

  it("find a document in the file that a completed move has left behind", async () => {
    const folder = await makeFolder("json");
    await writeFile(folder.file("model_catalog.json"), '{"version": "7", "models": []}');
    const moving = await movingStores(folder);
    await rename(folder.file("model_catalog.json"), folder.file("model_catalog.json.bak"));
    expect(await moving.catalog.getMeta()).toEqual({ version: "7" });
  });
});

describe("live stores", () => {
  it("that were opened while the folder moved serve nobody", async () => {
    const folder = await makeFolder("json", { lookalike: small });
    const opened: string[] = [];
    const live = new LiveStores({
      folder: folder.path,
      open: async () => {
        const stores = await folder.open();
        opened.push(stores.storage.kind);
        if (stores.storage.kind === "json") await folder.migrate();
        return stores;
      },
    });
    onTestFinished(() => live.close());
    const kinds = [1, 2, 3].map(() => live.use(({ storage }) => Promise.resolve(storage.kind)));
    expect(await Promise.all(kinds)).toEqual(["sqlite", "sqlite", "sqlite"]);
    expect(opened).toEqual(["json", "sqlite"]);
  });

  it("try again as often as the folder moves, and no more often", async () => {
    const folder = await makeFolder("json", { lookalike: small });
    const live = new LiveStores({ folder: folder.path, open: () => folder.open() });
    onTestFinished(() => live.close());
    const usedKinds: string[] = [];
    const refused = live.use(async ({ storage }) => {
      usedKinds.push(storage.kind);
      if (storage.kind === "json") await folder.migrate();
      throw new StorageError("STAGE_REFUSED", "another store is in charge");
    });
    await expect(refused).rejects.toThrow("another store is in charge");
    expect(usedKinds).toEqual(["json", "sqlite"]);
  });

  it("stay open for whoever uses them while others use the next ones", async () => {
    const folder = await makeFolder("sqlite", { lookalike: small });
    const live = new LiveStores({ folder: folder.path, open: () => folder.open() });
    onTestFinished(() => live.close());
    const count = await live.use(async ({ models }) => {
      await folder.write(".cutover/history/record-2.json", await recordOf(folder, 2));
      await live.use(({ models: next }) => next.count());
      return models.count();
    });
    expect(count).toBeGreaterThan(0);
  });
});

/** The folder's record as it would be after a change that changes nothing. */
async function recordOf(folder: Folder, epoch: number): Promise<string> {
  const text = await folder.text(".cutover/record.json");
  return text.replace(/"epoch": \d+/, `"epoch": ${epoch}`);
}
