import { expect, it } from "vitest";
import { describeStores } from "./describe-stores.ts";
import { makeFolder, openFolder, places } from "./folder.ts";

const record = {
  success: true,
  results: [{ title: null, url: "https://h/x", content: "", score: 0.91 }],
  query: "f.safetensors",
  cached_at: "2025-11-29T10:00:00.5",
};

const start = Date.UTC(2025, 10, 29);

describeStores(places, "search cache in %s", (kind) => {
  it("gives an answer back exactly, under its key and not under its query", async () => {
    const { searchCache } = await openFolder(kind);
    await searchCache.set("tavily", "sub/f.safetensors", { record });
    expect(JSON.stringify(await searchCache.get("tavily", "sub/f.safetensors"))).toBe(
      JSON.stringify(record),
    );
    expect(await searchCache.get("tavily", "f.safetensors")).toBeUndefined();
  });

  it("never expires unless told to: an answer of years ago is still there", async () => {
    let now = start;
    const folder = await makeFolder(kind);
    const { searchCache } = await folder.open({ clock: () => now });
    await searchCache.set("tavily", "old", { record });
    now += 50 * 365 * 86_400_000;
    expect(await searchCache.cleanupExpired()).toBe(0);
    expect(await searchCache.get("tavily", "old")).toEqual(record);
  });

  it("an answer with a lifetime is gone when it ends, and is cleared away by a later write", async () => {
    let now = start;
    const folder = await makeFolder(kind);
    const { searchCache, storage } = await folder.open({ clock: () => now });
    await searchCache.set("tavily", "brief", { record, ttlSeconds: 60 });
    await searchCache.set("tavily", "lasting", { record });
    now += 59_999;
    expect(await searchCache.count("tavily")).toBe(2);
    now += 1;
    expect(await searchCache.get("tavily", "brief")).toBeUndefined();
    expect([...(await searchCache.getAll("tavily")).keys()]).toEqual(["lasting"]);
    const stored = async () =>
      (await storage.info()).collections.find(({ name }) => name === "search_cache")?.records;
    expect(await stored()).toBe(2);
    now += 3_600_000;
    await searchCache.set("tavily", "next", { record });
    expect(await stored()).toBe(2);
    expect([...(await searchCache.getAll("tavily")).keys()]).toEqual(["lasting", "next"]);
  });

  it("opening the stores clears away what has expired", async () => {
    const folder = await makeFolder(kind);
    const first = await folder.open({ clock: () => start });
    await first.searchCache.set("tavily", "brief", { record, ttlSeconds: 1 });
    await first.searchCache.set("civitai", "brief", { record, ttlSeconds: 1 });
    await first.close();
    const { storage } = await folder.open({ clock: () => start + 1000 });
    const { collections } = await storage.info();
    const caches = collections.filter(({ name }) => name.startsWith("search_cache"));
    expect(caches.reduce((sum, { records }) => sum + records, 0)).toBe(0);
  });

  it("overwriting keeps the place and ends the lifetime", async () => {
    const folder = await makeFolder(kind);
    const { searchCache } = await folder.open({ clock: () => start });
    await searchCache.set("tavily", "a", { record, ttlSeconds: 1 });
    await searchCache.set("tavily", "b", { record });
    await searchCache.set("tavily", "a", { record });
    expect([...(await searchCache.getAll("tavily"))]).toEqual([
      ["a", record],
      ["b", record],
    ]);
  });

  it("equal keys of two sources do not meet", async () => {
    const { searchCache } = await openFolder(kind);
    await searchCache.set("tavily", "k", { record });
    await searchCache.set("huggingface", "k", { record: { success: false } });
    expect(await searchCache.get("tavily", "k")).toEqual(record);
    expect(await searchCache.get("huggingface", "k")).toEqual({ success: false });
    expect(await searchCache.clear("tavily")).toBe(1);
    expect(await searchCache.count("huggingface")).toBe(1);
    expect(await searchCache.delete("huggingface", "k")).toBe(true);
  });

  it("rejects a lifetime that is no number of seconds and stores nothing", async () => {
    const { searchCache } = await openFolder(kind);
    await expect(searchCache.set("tavily", "k", { record, ttlSeconds: NaN })).rejects.toMatchObject(
      {
        code: "INVALID_VALUE",
      },
    );
    expect(await searchCache.count("tavily")).toBe(0);
  });
});
