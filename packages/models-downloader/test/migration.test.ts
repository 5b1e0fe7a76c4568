import { readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { digest, digestAll, historyEntry, storeCollection, storeNames } from "../src/index.ts";
import { type Folder, makeFolder, small } from "./folder.ts";

const lookalike = small;

async function digests(folder: Folder): Promise<Record<string, string>> {
  const stores = await folder.open();
  const found: Record<string, string> = {};
  for (const store of storeNames) found[store] = await digest(stores, store);
  await stores.close();
  return found;
}

describe("what an earlier try at this migration did wrong, and this one does not", () => {
  it("9.1: model-aliases.json is taken over with its wrapper, and nothing of a migration stays undone", async () => {
    const folder = await makeFolder("json", { lookalike });
    const before = await (await folder.open()).aliases.getDocument();
    const report = await folder.migrate();
    expect(report.outcome).toBe("migrated");
    const { storage, aliases } = await folder.open();
    expect(storage.kind).toBe("sqlite");
    expect(JSON.stringify(await aliases.getDocument())).toBe(JSON.stringify(before));
  });

  it("9.1: a migration that is refused changes nothing, and is done once the fault is mended", async () => {
    const folder = await makeFolder("json", { lookalike });
    const good = await folder.text("usage_cache.json");
    await folder.write("usage_cache.json", good.slice(0, -20));
    const refused = await folder.migrate().then(
      (report) => report.outcome,
      (error: unknown) => error,
    );
    expect(refused === "dirty" || refused instanceof Error).toBe(true);
    expect(await readdir(folder.path)).not.toContain("wmd_data.db");
    expect((await folder.open()).storage.kind).toBe("json");
    await folder.write("usage_cache.json", good);
    expect((await folder.migrate()).outcome).toBe("migrated");
  });

  it("9.1: a folder without settings.json is migrated once, not at every start", async () => {
    const folder = await makeFolder("json", {
      files: { "usage_cache.json": "{}", "download_history.json": "[]" },
    });
    expect((await folder.migrate()).outcome).toBe("migrated");
    await expect(folder.migrate()).rejects.toMatchObject({ code: "STAGE_REFUSED" });
    const { storage, settings } = await folder.open();
    expect(storage.kind).toBe("sqlite");
    expect(await settings.isInitialised()).toBe(false);
  });

  it("9.2 to 9.7: every record of every store is taken over: members, absence, types, order", async () => {
    const folder = await makeFolder("json", { lookalike });
    const before = await digests(folder);
    const report = await folder.migrate();
    expect(report.collections.find(({ name }) => name === "model_catalog")?.records).toBe(28);
    expect(await digests(folder)).toEqual(before);
  });

  it("9.2: the catalogue's records are unwrapped, its wrapper is still there", async () => {
    const folder = await makeFolder("sqlite", { lookalike });
    const { catalog } = await folder.open();
    expect(await catalog.count()).toBe(28);
    expect(Object.keys(await catalog.getMeta())).toEqual(["version", "description", "updated_at"]);
  });

  it("9.3: members without a column are kept, absent ones are not invented", async () => {
    const model = {
      suggestions: [{ a: 1 }],
      type: "loras/SDXL",
      from_download: true,
      note: null,
      odd: "",
    };
    const folder = await makeFolder("sqlite", {
      files: { "model_metadata.json": JSON.stringify({ m: model }), "usage_cache.json": "{}" },
    });
    const { models } = await folder.open();
    expect(JSON.stringify(await models.get("m"))).toBe(JSON.stringify(model));
  });

  it("9.4: a node's record keeps all of its members, whatever the registry returned in them", async () => {
    const node = {
      node_type: "N",
      category: null,
      input_types: { required: { a: ["INT"] } },
      return_types: '["IMAGE"]',
      deprecated: false,
      source: "comfy_registry",
      rating: 4.5,
      fetched_at: "2025-11-29T10:00:00",
    };
    const folder = await makeFolder("sqlite", {
      files: { "node_metadata.json": JSON.stringify({ N: node }), "usage_cache.json": "{}" },
    });
    expect(JSON.stringify(await (await folder.open()).nodes.get("N"))).toBe(JSON.stringify(node));
  });

  it("9.5: workflows stay, counts are not invented, bare numbers stay numbers", async () => {
    const usage = {
      a: { last_used: 1.5, workflows: ["w"] },
      old: 1764000000,
      older: 1764000000.25,
    };
    const folder = await makeFolder("sqlite", {
      files: { "usage_cache.json": JSON.stringify(usage), "node_metadata.json": "{}" },
    });
    const stores = await folder.open();
    expect(Object.fromEntries(await stores.usage.getAll())).toEqual(usage);
  });

  it("9.6: entries with equal ids are all there, newest first", async () => {
    const entries = ["c", "b", "a"].map((filename) => ({
      ...historyEntry({ filename, status: "completed", timestamp: "2025-11-29T10:00:00" }),
      id: "same",
    }));
    const folder = await makeFolder("sqlite", {
      files: { "download_history.json": JSON.stringify(entries), "usage_cache.json": "{}" },
    });
    const { history } = await folder.open();
    expect(await history.getRecent()).toEqual(entries);
  });

  it("9.7: tokens that look like numbers or booleans stay text", async () => {
    const settings = { huggingface_token: "12345678", civitai_api_key: "true", tavily_api_key: "" };
    const folder = await makeFolder("sqlite", {
      files: {
        "settings.json": JSON.stringify(settings),
        "usage_cache.json": "{}",
        "node_metadata.json": "{}",
      },
    });
    expect(Object.fromEntries(await (await folder.open()).settings.getAll())).toEqual(settings);
  });

  it("9.8: a cached search gives the record itself back, and a new one is there after reopening", async () => {
    const record = { success: true, results: [], query: "q", cached_at: "2025-11-29T10:00:00" };
    const folder = await makeFolder("sqlite", {
      files: { "tavily_cache.json": JSON.stringify({ k: record }), "usage_cache.json": "{}" },
    });
    const first = await folder.open();
    expect(await first.searchCache.get("tavily", "k")).toEqual(record);
    await first.searchCache.set("tavily", "new", { record });
    await first.close();
    expect(await (await folder.open()).searchCache.get("tavily", "new")).toEqual(record);
  });

  it("9.9: deleting an entry is there after reopening, 100 is the limit, `timestamp` keeps its name", async () => {
    const folder = await makeFolder("sqlite", { lookalike });
    const first = await folder.open();
    const [newest] = await first.history.find({});
    expect(newest).toHaveProperty("timestamp");
    expect(newest).not.toHaveProperty("downloaded_at");
    const entry = historyEntry({
      filename: "new",
      status: "completed",
      timestamp: "2025-11-29T10:00:00",
    });
    await first.history.add(entry);
    expect(await first.history.count()).toBe(100);
    await first.history.deleteByFilename("new");
    await first.close();
    expect(await (await folder.open()).history.count()).toBe(99);
  });

  it("9.10: all eight stores are served by the database: what is written is not in the files", async () => {
    const folder = await makeFolder("json", { lookalike });
    const path = "model_metadata.json";
    const before = await folder.text(path);
    await folder.migrate();
    const stores = await folder.open();
    for (const store of storeNames)
      expect(await stores.storage.collection(storeCollection(store)).count()).toBeGreaterThan(0);
    await stores.models.merge("only-in-the-database", { url: "u" });
    expect(await folder.text(path)).toBe(before);
  });

  it("9.12: local times are compared with the clock on the wall, never with UTC text", async () => {
    const times = { past: 1000, future: 4_102_444_800 };
    const records = Object.fromEntries(
      Object.entries(times).map(([key, end]) => [
        key,
        { expires_at: end, cached_at: "2025-11-29T10:00:00" },
      ]),
    );
    const folder = await makeFolder("sqlite", {
      files: { "tavily_cache.json": JSON.stringify(records), "usage_cache.json": "{}" },
    });
    const { searchCache } = await folder.open({ clock: () => Date.UTC(2025, 10, 29) });
    expect([...(await searchCache.getAll("tavily")).keys()]).toEqual(["future"]);
  });
});

describe("there and back", () => {
  it("a folder migrated, changed and rolled back holds all changes in the application's format", async () => {
    const folder = await makeFolder("json", { lookalike });
    await folder.migrate();
    const stores = await folder.open();
    await stores.settings.patch({ tavily_api_key: "since" });
    await stores.models.merge("n\u00e9w.bin", { url: "u" });
    await stores.usage.clear();
    const before = await digestAll(stores);
    await stores.close();
    expect(await folder.rollback()).toBe("rolled-back");
    const back = await folder.open();
    expect(back.storage.kind).toBe("json");
    expect(await digestAll(back)).toBe(before);
    expect(await folder.text("model_metadata.json")).toContain(
      '"n\\u00e9w.bin": {\n    "url": "u"\n  }\n}',
    );
  });

  it("asking for the store that is not in charge is refused with the command to type", async () => {
    const folder = await makeFolder("sqlite", { lookalike });
    await expect(folder.open({ argv: ["--use-json"] })).rejects.toMatchObject({
      code: "STAGE_REFUSED",
      details: { nextCommand: expect.stringContaining("rollback") },
    });
  });
});
