import { expect, it } from "vitest";
import { describeStores } from "./describe-stores.ts";
import { makeFolder, openFolder, places, small } from "./folder.ts";

const extensionMap = {
  "https://github.com/a/b": [
    ["Load \u{2728} Thing", "SAM2Segment", "Shared"],
    { title: "B", title_aux: "x" },
  ],
  "https://github.com/c/d": [["Sam2Segment", "Shared"], { title_aux: "y" }],
  "https://github.com/e/empty": [[], {}],
};
const scan = { extensionMap, scannedAt: "2025-11-29T10:00:00" };

describeStores(places, "node metadata in %s", (kind) => {
  it("a scan makes the application's records, in its order of members", async () => {
    const { nodes } = await openFolder(kind);
    expect(await nodes.scan(scan)).toEqual({
      fromRegistry: 0,
      fromExtensionMap: 4,
      updated: 4,
      total: 4,
    });
    expect(JSON.stringify(await nodes.get("Load \u{2728} Thing"))).toBe(
      JSON.stringify({
        node_type: "Load \u{2728} Thing",
        github_url: "https://github.com/a/b",
        extension_name: "B",
        installed: false,
        source: "extension_node_map",
        scanned_at: "2025-11-29T10:00:00",
      }),
    );
    expect(await nodes.get("Shared")).toMatchObject({ github_url: "https://github.com/c/d" });
  });

  it("names that differ by case alone are different nodes", async () => {
    const { nodes } = await openFolder(kind);
    await nodes.scan(scan);
    expect((await nodes.get("SAM2Segment"))?.["github_url"]).toBe("https://github.com/a/b");
    expect((await nodes.get("Sam2Segment"))?.["github_url"]).toBe("https://github.com/c/d");
    expect(await nodes.get("sam2segment")).toBeUndefined();
  });

  it("B11: the source of a node that the registry knows stays the same, however often it is scanned", async () => {
    const { nodes } = await openFolder(kind);
    const registryNodes = [{ node_type: "Shared", category: "c", description: null }];
    await nodes.scan({ ...scan, registryNodes });
    const sources = [];
    for (let round = 0; round < 3; round++) {
      await nodes.scan(scan);
      sources.push((await nodes.get("Shared"))?.["source"]);
    }
    expect(sources).toEqual(Array.from({ length: 3 }, () => "comfy_registry+extension_map"));
    expect(await nodes.get("Shared")).toMatchObject({ category: "c", description: null });
  });

  it("B11: a scan that finds nothing new reports nothing updated and changes only the time", async () => {
    const { nodes } = await openFolder(kind);
    await nodes.scan(scan);
    const again = await nodes.scan({ ...scan, scannedAt: "2025-11-30T00:00:00" });
    expect(again).toMatchObject({ updated: 0, total: 4 });
    expect((await nodes.get("Shared"))?.["scanned_at"]).toBe("2025-11-30T00:00:00");
  });

  it("B6: nodes that were looked up while a scan was prepared survive it, unless it is forced", async () => {
    const { nodes } = await openFolder(kind);
    const fetched = {
      node_type: "Live",
      source: "comfy_registry",
      fetched_at: "2025-11-29T09:00:00",
    };
    await Promise.all([nodes.scan(scan), nodes.upsert("Live", fetched)]);
    await nodes.scan(scan);
    expect(await nodes.get("Live")).toEqual(fetched);
    expect(await nodes.scan({ ...scan, force: true })).toMatchObject({ total: 4 });
    expect(await nodes.get("Live")).toBeUndefined();
  });

  it("a malformed map changes nothing", async () => {
    const { nodes } = await openFolder(kind);
    await nodes.upsert("Kept", { node_type: "Kept" });
    const broken = { "https://github.com/a/b": [["Fine"], {}], "https://github.com/x/y": { a: 1 } };
    await expect(nodes.scan({ ...scan, extensionMap: broken, force: true })).rejects.toThrow("x/y");
    expect([...(await nodes.getAll()).keys()]).toEqual(["Kept"]);
  });

  it("upsertMany() merges with what is stored at that moment and keeps all others", async () => {
    const { nodes } = await openFolder(kind);
    await nodes.upsert("a", { node_type: "a", author: "x", rating: null });
    await nodes.upsert("b", { node_type: "b" });
    await nodes.upsertMany([
      ["a", { license: "MIT" }],
      ["c", { node_type: "c" }],
    ]);
    expect([...(await nodes.getAll())]).toEqual([
      ["a", { node_type: "a", author: "x", rating: null, license: "MIT" }],
      ["b", { node_type: "b" }],
      ["c", { node_type: "c" }],
    ]);
  });

  it("streams, counts, finds by field and by words", async () => {
    const folder = await makeFolder(kind, { lookalike: small });
    const { nodes } = await folder.open();
    const keys: string[] = [];
    for await (const { key } of nodes.iterate()) keys.push(key);
    expect(keys).toEqual([...(await nodes.getAll()).keys()]);
    expect(await nodes.count()).toBe(keys.length);
    expect(await nodes.count({ source: "extension_node_map" })).toBe(
      (await nodes.find({ source: "extension_node_map" })).length,
    );
    await nodes.upsert("Zebra Loader", {
      node_type: "Zebra Loader",
      description: "Loads a z\u00e9bra.",
    });
    expect((await nodes.searchText("zebra loads")).map(({ key }) => key)).toEqual(["Zebra Loader"]);
  });
});
