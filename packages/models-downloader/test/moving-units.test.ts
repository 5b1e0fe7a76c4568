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
  it("are opened anew for what was refused, though nothing else tells that the folder changed", async () => {
    const folder = await makeFolder("json");
    let opened = 0;
    const live = new LiveStores({
      folder: folder.path,
      open: () => {
        opened++;
        return folder.open();
      },
    });
    onTestFinished(() => live.close());
    let refused = 0;
    const answer = await live.use((stores) => {
      if (opened > 1) return stores.models.count();
      refused++;
      return Promise.reject(
        new StorageError("STAGE_REFUSED", "another store is in charge", { backend: "json" }),
      );
    });
    expect([answer, refused, opened]).toEqual([0, 1, 2]);
  });
});
