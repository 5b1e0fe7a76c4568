import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { makeFolder } from "../folder.ts";
import { countRewrites } from "./count-rewrites.ts";
import { extensionMap, mapFile, tiny } from "./invented.ts";
import { openSubject, Subject } from "./subject.ts";

const batch = (size: number): { filename: string }[] =>
  Array.from({ length: size }, (_, index) => ({ filename: `m${size}-${index}.bin` }));

describe("what the original does wrong with files", () => {
  it("B14: a corrupt file is an error, never empty, and is never overwritten", async () => {
    const broken = '{"huggingface_token": "hf_secret-in-a-broken-file", "civ';
    const files = {
      "settings.json": broken,
      "download_history.json": '[{"filename": "a"',
      "usage_cache.json": "",
      "node_metadata.json": "null",
      "model_metadata.json": '["list"]',
    };
    const subject = await openSubject("json", { files });
    const requests = [
      await subject.get("/settings"),
      await subject.post("/settings", { max_parallel_downloads: 4 }),
      await subject.get("/download-history"),
      await subject.post("/delete-history-item", { filename: "a" }),
      await subject.get("/node-metadata"),
      await subject.get("/model-metadata"),
      await subject.post("/save-model-url", { filename: "a", url: "https://h/x" }),
    ];
    for (const { status, text } of requests) {
      expect(status).toBe(500);
      expect(text).not.toContain("hf_secret");
    }
    for (const [name, text] of Object.entries(files)) {
      if (name === "usage_cache.json") continue;
      expect(await subject.folder.text(name)).toBe(text);
    }
    expect(subject.log.join("\n")).not.toContain("hf_secret");
  });

  it("B15: one request rewrites a file once, however many records it changes", async () => {
    const files = { [mapFile]: extensionMap };
    const folder = await makeFolder("json", { lookalike: tiny, files });
    const subject = new Subject(folder, "json");
    const track = (size: number): Promise<unknown> =>
      subject.post("/track-usage", { models: batch(size) });
    const one = await countRewrites(folder.path, "usage_cache.json", () => track(1));
    expect(one).toBeGreaterThan(0);
    expect(await countRewrites(folder.path, "usage_cache.json", () => track(25))).toBe(one);
    const scan = (): Promise<unknown> => subject.post("/scan-node-metadata");
    expect(await countRewrites(folder.path, "node_metadata.json", scan)).toBeLessThanOrEqual(one);
    await subject.close();
  });

  it("files keep Python's layout: two spaces, ASCII, no final line break, also new ones", async () => {
    const subject = await openSubject("json", { files: { "usage_cache.json": "{}" } });
    await subject.post("/settings", { huggingface_token: "t\u00e9st-\u{1f600}" });
    await subject.post("/save-model-url", { filename: "\u00e9.bin", url: "https://h/x" });
    await subject.post("/track-usage", { models: [{ filename: "\u00e9.bin" }] });
    for (const name of ["settings.json", "model_metadata.json", "usage_cache.json"]) {
      const text = await readFile(subject.folder.file(name), "utf8");
      const plain = JSON.stringify(JSON.parse(text), null, 2);
      const ascii = plain.replace(
        /[\u007f-\uffff]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
      expect(text).toBe(ascii);
    }
  });

  it("what the original writes meanwhile is served with the next request", async () => {
    const subject = await openSubject("json", { lookalike: tiny });
    await subject.get("/settings");
    await subject.folder.write(
      "settings.json",
      '{"huggingface_token": "", "max_parallel_downloads": 9}',
    );
    expect(await subject.object("/settings")).toMatchObject({ max_parallel_downloads: 9 });
    await subject.folder.write("settings.json", "{}");
    expect(await subject.object("/settings")).toMatchObject({ max_parallel_downloads: 3 });
  });
});
