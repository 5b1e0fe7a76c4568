import { describe, expect, it } from "vitest";
import { normalisedName, similarity } from "../src/index.ts";
import { describeStores } from "./describe-stores.ts";
import { makeFolder, openFolder, places, small } from "./folder.ts";

const catalog = JSON.stringify({
  version: "1.0.0",
  description: "Curated",
  updated_at: "2025-01-29",
  models: [
    {
      filename: "flux1-dev-fp8.safetensors",
      source: "huggingface",
      model_type: "unet",
      tags: ["a", "b"],
    },
    { filename: "ae.safetensors", source: "huggingface", model_type: "vae", protected: true },
    { filename: "sd_xl_base_1.0.safetensors", source: "civitai", model_type: "checkpoint" },
  ],
});
const files = { "model_catalog.json": catalog };

describeStores(places, "model catalogue in %s", (kind) => {
  it("unwraps the models and keeps their order, members and what stands around them", async () => {
    const { catalog: store } = await openFolder(kind, { files });
    expect(JSON.stringify(await store.getDocument())).toBe(catalog);
    expect(await store.count()).toBe(3);
  });

  it("looks up exactly but for case, then spelt plainly, then by likeness", async () => {
    const { catalog: store } = await openFolder(kind, { files });
    const match = async (name: string) => {
      const found = await store.match(name);
      return [found?.kind, found?.entry["filename"]];
    };
    expect(await match("AE.safetensors")).toEqual(["exact", "ae.safetensors"]);
    expect(await match("sub/SD-XL-base 1.0.ckpt")).toEqual([
      "normalised",
      "sd_xl_base_1.0.safetensors",
    ]);
    expect(await match("flux1-dev-fp16.safetensors")).toEqual([
      "similar",
      "flux1-dev-fp8.safetensors",
    ]);
    expect(await match("nothing-like-it.bin")).toEqual([undefined, undefined]);
    expect(await store.lookup("")).toBeUndefined();
  });

  it("add() takes away what differs by case alone and comes last, also after reopening", async () => {
    const folder = await makeFolder(kind, { files });
    const first = await folder.open();
    await first.catalog.add({ filename: "AE.safetensors", source: "direct" });
    await first.close();
    const { catalog: store } = await folder.open();
    expect(await store.listNames()).toEqual([
      "flux1-dev-fp8.safetensors",
      "sd_xl_base_1.0.safetensors",
      "AE.safetensors",
    ]);
    expect(await store.getMeta()).toEqual({
      version: "1.0.0",
      description: "Curated",
      updated_at: "2025-01-29",
    });
  });

  it("finds by type and by any declared field, and by words", async () => {
    const { catalog: store } = await openFolder(kind, { files });
    expect(await store.getByType("vae")).toEqual([
      { filename: "ae.safetensors", source: "huggingface", model_type: "vae", protected: true },
    ]);
    expect(await store.find({ protected: { exists: false }, source: "civitai" })).toHaveLength(1);
    expect((await store.searchText("fp8 dev")).map(({ key }) => key)).toEqual([
      "flux1-dev-fp8.safetensors",
    ]);
  });

  it("setMeta() changes what stands around the models and nothing else, also after reopening", async () => {
    const folder = await makeFolder(kind, { lookalike: small });
    const first = await folder.open();
    const models = await first.catalog.getAll();
    await first.catalog.setMeta({ version: "2", extra: [1] });
    await first.close();
    const { catalog: store } = await folder.open();
    expect(await store.getMeta()).toEqual({ version: "2", extra: [1] });
    expect(await store.getAll()).toEqual(models);
  });

  it("a folder without a catalogue has an empty one of a version", async () => {
    const { catalog: store } = await openFolder(kind);
    expect(await store.getDocument()).toEqual({ version: "1.0.0", models: [] });
    await store.add({ filename: "a.bin", source: "direct" });
    expect(await store.listNames()).toEqual(["a.bin"]);
  });
});

describe("the catalogue's file", () => {
  it("has the members that setMeta() set, beside the models", async () => {
    const folder = await makeFolder("json", { files });
    const { catalog: store } = await folder.open();
    await store.setMeta({ version: "2", extra: [1] });
    const written: unknown = JSON.parse(await folder.text("model_catalog.json"));
    expect(written).toEqual({ version: "2", models: await store.getAll(), extra: [1] });
  });
});

describe("names", () => {
  it.each([
    ["abcd", "bcde", 0.75],
    ["", "", 1],
    ["abc", "", 0],
    ["private Thread currentThread;", "private volatile Thread currentThread;", 0.8656716417910447],
    ["sd_xl_base_1.0", "sdxl_base_1.0", 0.9629629629629629],
  ])("%j and %j are as alike as Python's difflib says", (left, right, ratio) => {
    expect(similarity(left, right)).toBeCloseTo(ratio, 12);
  });

  it.each([
    ["sub/SD_XL-base 1.0.safetensors", "sdxlbase10"],
    [".hidden", "hidden"],
    ["\u6a21\u578b-v2.bin", "\u6a21\u578bv2"],
  ])("%j is spelt plainly as %j", (name, plain) => {
    expect(normalisedName(name)).toBe(plain);
  });
});
