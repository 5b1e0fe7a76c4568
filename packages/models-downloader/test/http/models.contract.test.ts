import { expect, it } from "vitest";
import { describeStores } from "../describe-stores.ts";
import { extensionMap, inventedKeys, inventedObject, mapFile, tiny } from "./invented.ts";
import { bad, clock, ok, residences } from "./requests.ts";
import { objectAt, objectIn, openSubject } from "./subject.ts";

const fetchRegistryNodes = (): Promise<{ node_type: string; category: string }[]> =>
  Promise.resolve([{ node_type: "Shared", category: "c" }]);
const isInstalled = (url: string): boolean => url.endsWith("/d");

const modelUrl = (filename: string): string =>
  `/model-url?filename=${encodeURIComponent(filename)}`;

describeStores(residences, "nodes, models and names in %s", (residence) => {
  it("node metadata: all in their order; one by its exact name, from the store, the map or the registry", async () => {
    const asked: string[] = [];
    const fetchNode = (type: string): Promise<{ name: string } | undefined> => {
      asked.push(type);
      return Promise.resolve(type === "Remote" ? { name: "R" } : undefined);
    };
    const content = { lookalike: tiny, files: { [mapFile]: extensionMap } };
    const subject = await openSubject(residence, content, { fetchNode, clock });
    const metadata = inventedObject("node_metadata");
    const count = Object.keys(metadata).length;
    const all = await subject.get("/node-metadata");
    expect(all.json).toEqual({ success: true, metadata, count });
    const inOrder = Array.from(all.text.matchAll(/"node_type":("(?:[^"\\]|\\.)*")/g), ([, name]) =>
      JSON.parse(name ?? ""),
    );
    expect(inOrder).toEqual(inventedKeys("node_metadata"));
    expect(inOrder).toContain("42");
    const [type = ""] = Object.keys(metadata);
    expect(await subject.get(`/node-info?node_type=${encodeURIComponent(type)}`)).toMatchObject(
      ok({ success: true, info: metadata[type], found: true }),
    );
    expect(objectAt(await subject.object("/node-info?node_type=Shared"), "info")).toMatchObject({
      github_url: "https://github.com/c/d",
      source: "extension_node_map",
    });
    expect(await subject.object("/node-info?node_type=Remote")).toEqual({
      success: true,
      info: {
        name: "R",
        node_type: "Remote",
        source: "comfy_registry",
        fetched_at: "2025-11-29T10:00:00",
      },
      found: true,
    });
    await subject.get("/node-info?node_type=Remote");
    expect(await subject.object("/node-info?node_type=nope")).toEqual({
      success: true,
      info: null,
      found: false,
    });
    expect(asked).toEqual(["Remote", "nope"]);
    expect(await subject.get("/node-info")).toMatchObject(bad("node_type required"));
    expect(await subject.object("/node-metadata")).toMatchObject({ count: count + 1 });
  });

  it("scan-node-metadata: takes over the map and the registry, and starts afresh only when forced", async () => {
    const content = { lookalike: tiny, files: { [mapFile]: extensionMap } };
    const subject = await openSubject(residence, content, { fetchRegistryNodes, isInstalled });
    const before = Object.keys(inventedObject("node_metadata")).length;
    const report = {
      success: true,
      from_registry: 1,
      from_extension_map: 2,
      updated: 2,
      total: before + 2,
    };
    expect(await subject.post("/scan-node-metadata")).toMatchObject(ok(report));
    expect(objectAt(await subject.object("/node-info?node_type=Shared"), "info")).toMatchObject({
      category: "c",
      installed: true,
      source: "comfy_registry+extension_map",
    });
    const without = { include_registry: false };
    expect(await subject.post("/scan-node-metadata", without)).toMatchObject(
      ok({ ...report, from_registry: 0, updated: 0 }),
    );
    expect(await subject.post("/scan-node-metadata", { ...without, force: true })).toMatchObject(
      ok({ ...report, from_registry: 0, total: 2 }),
    );
    expect(await subject.object("/node-metadata")).toMatchObject({ count: 2 });
  });

  it("model metadata: all in their order, one by key, basename and any case, none", async () => {
    const subject = await openSubject(residence, { lookalike: tiny });
    const metadata = inventedObject("model_metadata");
    const count = Object.keys(metadata).length;
    expect((await subject.get("/model-metadata")).text).toBe(
      JSON.stringify({ success: true, metadata, count }),
    );
    const [name = ""] = Object.keys(metadata);
    const record = objectAt(metadata, name);
    const expected = {
      url: record["url"],
      user_url: null,
      source: record["url_source"],
      model_name: null,
      base_model: null,
      hf_repo: record["hf_repo"],
      civitai_model_id: null,
      description: null,
      model_type: record["type"],
      directory: null,
      note: null,
      found_in_metadata: true,
      metadata_source: "runtime_cache",
    };
    for (const filename of [name, `sub/${name}`, `sub/${name.toUpperCase()}`])
      expect(await subject.object(modelUrl(filename))).toEqual({ filename, ...expected });
    expect(await subject.object(modelUrl("zzz.bin"))).toEqual({
      filename: "zzz.bin",
      url: null,
      user_url: null,
      source: null,
      model_name: null,
      base_model: null,
      found_in_metadata: false,
      metadata_count: count,
    });
    expect(await subject.get("/model-url")).toMatchObject(bad("Filename required"));
    expect(await subject.object(`/search-cache/x%2F${encodeURIComponent(name)}`)).toEqual({
      success: true,
      metadata: record,
    });
    expect(await subject.object("/search-cache/zzz.bin")).toEqual({
      success: false,
      message: "No cached metadata found",
    });
  });

  it("save-model-url: the user's URL goes beside what is known; a new model gets its basename", async () => {
    const subject = await openSubject(residence, { lookalike: tiny }, { clock });
    const metadata = inventedObject("model_metadata");
    const [name = ""] = Object.keys(metadata);
    const url = "https://civitai.com/models/123456?modelVersionId=7890";
    expect(await subject.post("/save-model-url", { filename: name, url })).toMatchObject(
      ok({ success: true }),
    );
    expect(await subject.object(`/search-cache/${encodeURIComponent(name)}`)).toEqual({
      success: true,
      metadata: {
        ...objectAt(metadata, name),
        user_url: url,
        updated_at: "2025-11-29T10:00:00",
        source: "civitai",
        civitai_model_id: "123456",
      },
    });
    const fresh = {
      filename: "brand/new \u00e9\u{1f600}.bin",
      url: "https://huggingface.co/a/b/resolve/main/c/d.bin",
    };
    await subject.post("/save-model-url", fresh);
    const stored = await subject.use((stores) => stores.models.get("new \u00e9\u{1f600}.bin"));
    expect(JSON.stringify(stored)).toBe(
      JSON.stringify({
        filename: "new \u00e9\u{1f600}.bin",
        user_url: fresh.url,
        updated_at: "2025-11-29T10:00:00",
        source: "huggingface",
        hf_repo: "a/b",
      }),
    );
    expect(await subject.post("/save-model-url", { filename: "", url: "x" })).toMatchObject(
      bad("Filename required"),
    );
    expect(await subject.post("/save-model-url", { filename: "x" })).toMatchObject(
      bad("URL required"),
    );
    const again = { filename: name, url: "https://example.com/other" };
    await subject.post("/save-model-url", again);
    expect(await subject.object(`/model-url?filename=${encodeURIComponent(name)}`)).toMatchObject({
      user_url: again.url,
    });
  });

  it("save-model-source: answers what was asked for and stores what is not empty", async () => {
    const subject = await openSubject(residence, { lookalike: tiny }, { clock });
    const request = {
      filename: "deep/er/new.gguf",
      url: "https://huggingface.co/o/r/resolve/main/x/new.gguf",
      model_type: "unet",
    };
    const known = { url: request.url, source: "manual", model_type: "unet" };
    const details = {
      hf_repo: "o/r",
      hf_path: "x/new.gguf",
      cached_at: "2025-11-29T10:00:00.000250",
    };
    expect((await subject.post("/save-model-source", request)).text).toBe(
      JSON.stringify({
        success: true,
        metadata: { ...known, directory: "", filename: request.filename, ...details },
      }),
    );
    expect((await subject.get("/search-cache/deep%2Fer%2Fnew.gguf")).text).toBe(
      JSON.stringify({ success: true, metadata: { ...known, filename: "new.gguf", ...details } }),
    );
    expect(await subject.post("/save-model-source", { filename: "a" })).toMatchObject({
      status: 400,
      json: { success: false, error: "Missing filename or url" },
    });
  });

  it("fuzzy-match: the most alike names first, at most five, other spellings through the aliases", async () => {
    const records = [
      "flux1-dev.safetensors",
      "Flux1_Dev.safetensors",
      "flux1-schnell.safetensors",
      "sdxl.bin",
    ];
    const files = {
      "model_metadata.json": JSON.stringify(
        Object.fromEntries(
          records.map((name) => [
            name,
            { filename: name, url: `https://h/${name}`, source: "direct" },
          ]),
        ),
      ),
      "metadata/model-aliases.json": JSON.stringify({
        aliases: { "sdxl.bin": ["stable-xl.bin"] },
        patterns: [],
      }),
    };
    const subject = await openSubject(residence, { files });
    const reply = await subject.post("/fuzzy-match", {
      filename: "x/FLUX1 dev.safetensors",
      threshold: 0.9,
    });
    expect(reply).toMatchObject(
      ok({
        success: true,
        filename: "x/FLUX1 dev.safetensors",
        matches: [
          { filename: records[0], similarity: 1, url: `https://h/${records[0]}`, source: "direct" },
          { filename: records[1], similarity: 1, url: `https://h/${records[1]}`, source: "direct" },
        ],
      }),
    );
    const alias = objectIn(await subject.post("/fuzzy-match", { filename: "Stable-XL.bin" }));
    expect(alias["matches"]).toMatchObject([{ filename: "sdxl.bin", similarity: 1 }]);
    expect(objectIn(await subject.post("/fuzzy-match", { filename: "other" }))["matches"]).toEqual(
      [],
    );
    expect(await subject.post("/fuzzy-match", {})).toMatchObject(bad("Missing filename"));
    expect((await subject.post("/fuzzy-match", { filename: "a", threshold: "x" })).status).toBe(
      400,
    );
  });

  it("a name that no store can hold is not found by lookups, and refused by writes", async () => {
    const subject = await openSubject(residence, { lookalike: tiny });
    const long = "x".repeat(1100);
    for (const path of [`/tavily-cache/${long}`, `/search-cache/${long}`])
      expect(await subject.object(path)).toMatchObject({ success: false });
    expect(await subject.object(`/model-url?filename=${long}`)).toMatchObject({
      found_in_metadata: false,
    });
    expect(await subject.object(`/node-info?node_type=${long}`)).toMatchObject({ found: false });
    expect((await subject.post("/save-model-url", { filename: long, url: "x" })).status).toBe(400);
  });

  it("another path or method is not found", async () => {
    const subject = await openSubject(residence);
    expect((await subject.get("/nope")).status).toBe(404);
    expect((await subject.get("/clear-cache")).status).toBe(404);
  });
});
