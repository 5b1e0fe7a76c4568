import { describe, expect, it } from "vitest";
import { usageOf } from "../src/index.ts";
import { describeStores } from "./describe-stores.ts";
import { type Folder, makeFolder, openFolder, places } from "./folder.ts";

const legacy =
  '{"old.ckpt": 1764000000.5, "sub\\\\w.bin": {"workflows": ["a"], "last_used": 1.5, "extra": 1}}';

describeStores(places, "usage in %s", (kind) => {
  it("remembers the time and the last ten workflows, the first sighting deciding the place", async () => {
    const { usage } = await openFolder(kind);
    for (let index = 0; index < 12; index++)
      await usage.trackMany([{ name: "cap", workflows: [`w${index}`, "w2"] }], 1000.25 + index);
    expect((await usage.getAll()).get("cap")).toEqual({
      last_used: 1011.25,
      workflows: ["w1", "w3", "w4", "w5", "w6", "w7", "w8", "w9", "w10", "w11"],
    });
  });

  it("leaves out empty workflow names, merges repeated models, keeps members it does not know", async () => {
    const { usage } = await openFolder(kind, { files: { "usage_cache.json": legacy } });
    await usage.trackMany(
      [
        { name: "sub\\w.bin", workflows: [""] },
        { name: "sub\\w.bin", workflows: ["b", "a"] },
      ],
      2.5,
    );
    expect(JSON.stringify((await usage.getAll()).get("sub\\w.bin"))).toBe(
      '{"workflows":["a","b"],"last_used":2.5,"extra":1}',
    );
  });

  it("B12: a bare number counts as the time of last use, and tracking makes a record of it", async () => {
    const { usage } = await openFolder(kind, { files: { "usage_cache.json": legacy } });
    expect(await usage.get("old.ckpt")).toEqual({ lastUsed: 1764000000.5, workflows: [] });
    expect((await usage.getAll()).get("old.ckpt")).toBe(1764000000.5);
    await usage.trackMany([{ name: "old.ckpt", workflows: ["wf"] }], 1764000001);
    expect((await usage.getAll()).get("old.ckpt")).toEqual({
      last_used: 1764000001,
      workflows: ["wf"],
    });
  });

  it("B12, B13: a batch with one record of another shape changes nothing and names the record", async () => {
    const { usage } = await openFolder(kind, { files: { "usage_cache.json": '{"bad": "text"}' } });
    const tracking = usage.trackMany(
      [
        { name: "good", workflows: ["w"] },
        { name: "bad", workflows: ["w"] },
      ],
      1,
    );
    await expect(tracking).rejects.toMatchObject({ code: "CORRUPT_DATA" });
    await expect(tracking).rejects.toThrow('"bad"');
    expect([...(await usage.getAll())]).toEqual([["bad", "text"]]);
  });

  it("tracking from two openings at once loses no workflow", async () => {
    const folder = await makeFolder(kind);
    const [one, other] = [await folder.open(), await folder.open()];
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? one : other).usage.trackMany(
          [{ name: "m", workflows: [`w${index}`] }],
          index,
        ),
      ),
    );
    const found = await one.usage.get("m");
    expect(found?.workflows.toSorted()).toEqual(
      Array.from({ length: 10 }, (_, index) => `w${index}`),
    );
  });

  it("lists popular and unused models", async () => {
    const { usage } = await openFolder(kind, {
      files: { "usage_cache.json": '{"n": 5, "odd": null}' },
    });
    await usage.trackMany([{ name: "much", workflows: ["a", "b"] }], 10);
    await usage.trackMany([{ name: "late", workflows: ["a"] }], 30);
    await usage.trackMany([{ name: "early", workflows: ["a"] }], 20);
    expect((await usage.popularModels(3)).map(({ name }) => name)).toEqual([
      "much",
      "late",
      "early",
    ]);
    expect((await usage.unusedSince(20)).map(({ name }) => name)).toEqual(["much"]);
    expect(await usage.count()).toBe(5);
  });

  it("info() says where the store is and how large, and clear() empties it", async () => {
    const folder = await makeFolder(kind, { files: { "usage_cache.json": legacy } });
    const { usage } = await folder.open();
    const { location, sizeBytes } = await usage.info();
    expect(location).toBe(locationOf(folder));
    expect(sizeBytes).toBeGreaterThanOrEqual(legacy.length);
    expect(sizeBytes === legacy.length || kind !== "json").toBe(true);
    expect(await usage.clear()).toBe(2);
    expect(await usage.count()).toBe(0);
  });
});

/** A server's place is told without its password. */
function locationOf(folder: Folder): string {
  if (folder.server === undefined)
    return folder.file(folder.kind === "json" ? "usage_cache.json" : "wmd_data.db");
  const { schema, connectionString } = folder.server;
  const { host, pathname } = new URL(connectionString);
  return `postgres://${host}${pathname}#${schema}`;
}

describe("a usage record", () => {
  it.each([
    [null, { lastUsed: undefined, workflows: [] }],
    [
      { last_used: "x", workflows: "y" },
      { lastUsed: undefined, workflows: [] },
    ],
    [
      { last_used: 1, workflows: ["a", 2] },
      { lastUsed: 1, workflows: ["a"] },
    ],
  ])("%j is read as %j", (value, usage) => {
    expect(usageOf(value)).toEqual(usage);
  });
});
