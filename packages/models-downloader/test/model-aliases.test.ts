import type { JsonObject } from "@cutover/core";
import { expect, it } from "vitest";
import { describeStores } from "./describe-stores.ts";
import { makeFolder, openFolder, places } from "./folder.ts";

const suffixes = [
  "(.+)[-_]?fp16",
  "(.+)[-_]?fp8",
  "(.+)[-_]?fp8[-_]?e4m3fn",
  "(.+)[-_]?bf16",
  "(.+)[-_]?q8_0",
  "(.+)[-_]?pruned",
  "(.+)[-_]?ema",
  "(.+)[-_]?emaonly",
  "(.+)[-_]?scaled",
  "(.+)_v\\d+",
];
const document = {
  version: "1.0",
  description: "Aliases",
  aliases: {
    "sd_xl_base_1.0.safetensors": ["sdxl_base.safetensors", "shared.safetensors"],
    "RealESRGAN_x4plus.pth": ["realesrgan_x4plus.pth", "shared.safetensors"],
    "t5xxl_fp16.safetensors": ["t5-xxl-fp16.safetensors"],
    "none.safetensors": [],
  },
  patterns: suffixes.map((suffix) => ({
    pattern: `${suffix}\\.safetensors$`,
    base: "$1.safetensors",
    description: suffix,
  })),
};
const files = { "metadata/model-aliases.json": `${JSON.stringify(document, null, 4)}\n` };
const pattern = (source: string, base = "<$1>"): JsonObject => ({ pattern: source, base });

describeStores(places, "model aliases in %s", (kind) => {
  it.each([
    ["SDXL_BASE.safetensors", "sd_xl_base_1.0.safetensors"],
    ["realesrgan_x4plus.pth", "RealESRGAN_x4plus.pth"],
    ["shared.safetensors", "sd_xl_base_1.0.safetensors"],
    ["foo_v2.safetensors", "foo.safetensors"],
    ["x-bf16.safetensors", "x-.safetensors"],
    ["flux1-dev-fp8.safetensors", "flux1-dev-.safetensors"],
    ["t5xxl_fp16.safetensors", "t5xxl_.safetensors"],
    ["fp16.safetensors", "fp16.safetensors"],
    ["other.safetensors", "other.safetensors"],
    ["a$1_v2.safetensors", "a$1.safetensors"],
  ])("%s stands for %s", async (name, meant) => {
    const { aliases } = await openFolder(kind, { files });
    expect(await aliases.resolve(name)).toBe(meant);
  });

  it("getDocument() gives version, description, aliases and patterns back in their order", async () => {
    const { aliases } = await openFolder(kind, { files });
    expect(JSON.stringify(await aliases.getDocument())).toBe(JSON.stringify(document));
  });

  it("patterns follow Python: bound to the beginning, case ignored, the first one wins", async () => {
    const { aliases } = await openFolder(kind);
    const made = async (source: string, name: string) => {
      await aliases.importDocument({
        aliases: {},
        patterns: [pattern(source), pattern("(.*)", "second")],
      });
      return aliases.resolve(name);
    };
    expect(await made("(b)", "ab")).toBe("second");
    expect(await made("(A)b", "aBcd")).toBe("<a>");
    expect(await made("(a.)", "a\n")).toBe("second");
    expect(await made("(a.)", "a\r")).toBe("<a\r>");
    expect(await made("(a)$", "a\n")).toBe("<a>");
    expect(await made("(a)\\Z", "a\n")).toBe("second");
    expect(await made("(\\d+)", "\u0663x")).toBe("<\u0663>");
    expect(await made("(?P<n>x)(?P=n)\\-\\_", "xx-_")).toBe("<x>");
    expect(await made("([]a-]+)", "]-ax")).toBe("<]-a>");
    expect(await made("(a{,2})", "aaa")).toBe("<aa>");
    expect(await made("(a{b})", "a{b}")).toBe("<a{b}>");
  });

  it("without a document the built-in patterns apply, with one that has none no pattern does", async () => {
    const missing = await openFolder(kind);
    expect(await missing.aliases.getDocument()).toBeUndefined();
    expect(await missing.aliases.resolve("foo_v2.safetensors")).toBe("foo.safetensors");
    const bare = await openFolder(kind, {
      files: { "metadata/model-aliases.json": '{"aliases": {"c": ["a"]}}' },
    });
    expect(await bare.aliases.resolve("foo_v2.safetensors")).toBe("foo_v2.safetensors");
    expect(await bare.aliases.resolve("A")).toBe("c");
  });

  it("a pattern that is no regular expression is refused by number, and an import of it changes nothing", async () => {
    const folder = await makeFolder(kind, { files });
    const { aliases } = await folder.open();
    const bad = { aliases: { x: ["y"] }, patterns: [pattern("(ok)"), pattern("(")] };
    await expect(aliases.importDocument(bad)).rejects.toMatchObject({ code: "CORRUPT_DATA" });
    await expect(aliases.importDocument(bad)).rejects.toThrow("pattern 2");
    expect(await aliases.getDocument()).toEqual(document);
  });

  it("adds and removes aliases; a canonical name without any stays", async () => {
    const { aliases } = await openFolder(kind, { files });
    await aliases.addAlias("none.safetensors", "now.safetensors");
    await aliases.addAlias("none.safetensors", "now.safetensors");
    expect(await aliases.resolve("NOW.safetensors")).toBe("none.safetensors");
    expect(await aliases.removeAlias("none.safetensors", "now.safetensors")).toBe(true);
    expect(await aliases.removeAlias("none.safetensors", "now.safetensors")).toBe(false);
    expect((await aliases.getAll()).get("none.safetensors")).toEqual([]);
  });

  it("importDocument() replaces aliases and patterns, also after reopening", async () => {
    const folder = await makeFolder(kind, { files });
    const first = await folder.open();
    const next = { version: "2", aliases: { c: ["a"] }, patterns: [pattern("(x)y")] };
    await first.aliases.importDocument(next);
    await first.close();
    const { aliases } = await folder.open();
    expect(JSON.stringify(await aliases.getDocument())).toBe(JSON.stringify(next));
    expect(await aliases.resolve("xyz")).toBe("<x>");
  });
});
