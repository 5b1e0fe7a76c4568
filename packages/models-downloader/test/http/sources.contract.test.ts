import { describe, expect, it } from "vitest";
import { describeStores } from "../describe-stores.ts";
import type { AdvancedResult, AnalyzedUrl, HttpServices } from "../../src/http/http-services.ts";
import { sourceScore } from "../../src/http/source-score.ts";
import { type Place, places } from "../folder.ts";
import { clock, ok } from "./requests.ts";
import { openSubject, type Subject } from "./subject.ts";

const civitaiKey = "civit_abcdefghijkl";
const tavilyKey = "tvly-abcdefghijkl";
const cachedAt = "2025-11-29T10:00:00.000250";

async function withKeys(kind: Place, services: Partial<HttpServices>): Promise<Subject> {
  const subject = await openSubject(kind, {}, { clock, ...services });
  const keys = { civitai_api_key: civitaiKey, huggingface_token: "hf_abcdefghijkl" };
  await subject.post("/settings", { ...keys, tavily_api_key: tavilyKey });
  return subject;
}

const findsNothing = (): Promise<undefined> => Promise.resolve(undefined);

describeStores(places, "endpoints that ask the network, with data in %s", (kind) => {
  it("are not there without their services", async () => {
    const subject = await openSubject(kind);
    for (const path of ["/analyze-url", "/advanced-search", "/extract-source"])
      expect((await subject.post(path, {})).status).toBe(404);
  });

  it("analyze-url: hands each host its own token, and answers with none (B5)", async () => {
    const asked: string[][] = [];
    const analyzeUrl = (url: string, token: string): Promise<AnalyzedUrl> => {
      asked.push([url, token]);
      const names = { filename: "a.bin", modelType: "lora", suggestedDirectory: "loras" };
      return Promise.resolve({ ...names, size: null, source: "X", url: `${url}?token=${token}` });
    };
    const subject = await withKeys(kind, { analyzeUrl });
    const urls = [
      "urn:air:sdxl:lora:civitai:1@22",
      "https://huggingface.co/o/r/resolve/main/a.bin",
      "https://nothuggingface.co/a.bin",
    ];
    for (const url of urls) {
      const reply = await subject.post("/analyze-url", { url: ` ${url} ` });
      const [given = ""] = asked.at(-1) ?? [];
      expect(reply).toMatchObject(
        ok({
          success: true,
          url: given,
          filename: "a.bin",
          model_type: "lora",
          suggested_directory: "loras",
          size: null,
          source: "X",
        }),
      );
    }
    expect(asked).toEqual([
      ["https://civitai.com/api/download/models/22", civitaiKey],
      [urls[1], "hf_abcdefghijkl"],
      [urls[2], ""],
    ]);
    expect(await subject.post("/analyze-url", { url: " " })).toMatchObject({
      status: 400,
      json: { error: "Missing URL" },
    });
  });

  it("advanced-search: stores what was found, and answers it from the store the next time", async () => {
    const asked: string[][] = [];
    const url = "https://huggingface.co/o/r/resolve/main/x/a.bin";
    const searchModel = (...args: string[]): Promise<AdvancedResult> => {
      asked.push(args);
      return Promise.resolve({ url, source: "tavily_huggingface", modelName: "A" });
    };
    const subject = await withKeys(kind, { searchModel });
    await subject.post("/save-model-url", { filename: "a.bin", url: "https://h/mine" });
    const found = {
      url,
      source: "tavily_huggingface",
      hf_repo: "o/r",
      hf_path: "x/a.bin",
      model_name: "A",
      civitai_url: "",
    };
    const stored = { filename: "a.bin", search_method: "tavily_advanced", cached_at: cachedAt };
    const reply = await subject.post("/advanced-search", { filename: "a.bin" });
    expect(reply).toMatchObject(ok({ success: true, ...found, metadata: { ...found, ...stored } }));
    expect(reply.text).not.toContain("from_cache");
    expect(await subject.post("/advanced-search", { filename: "a.bin" })).toMatchObject({
      status: 200,
      json: { ...found, from_cache: true, metadata: { ...stored, user_url: "https://h/mine" } },
    });
    expect(asked).toEqual([["a.bin", tavilyKey]]);
  });

  it("advanced-search: keeps at most five suggestions, cut by characters, without the key", async () => {
    const result = {
      title: "T",
      url: `https://h/?api_key=${tavilyKey}`,
      content: "\u{1f600}".repeat(300),
    };
    const searchModel = (): Promise<AdvancedResult> =>
      Promise.resolve({ results: Array.from({ length: 7 }, () => result) });
    const subject = await withKeys(kind, { searchModel });
    const one = { title: "T", url: "https://h/", snippet: "\u{1f600}".repeat(200) };
    const suggestions = Array.from({ length: 5 }, () => one);
    expect(await subject.post("/advanced-search", { filename: "a.bin" })).toMatchObject({
      status: 200,
      json: { success: true, suggestions },
    });
    const { metadata } = await subject.object("/search-cache/a.bin");
    expect(metadata).toEqual({
      suggestions,
      search_method: "tavily_suggestions",
      filename: "a.bin",
      cached_at: cachedAt,
    });
  });

  it("advanced-search: says when nothing was found, and refuses without a name or a key", async () => {
    const subject = await openSubject(kind, {}, { searchModel: findsNothing });
    const search = (body: { filename?: string }): Promise<unknown> =>
      subject.post("/advanced-search", body);
    const refused = { status: 400, json: { success: false } };
    expect(await search({ filename: "a.bin" })).toMatchObject(refused);
    await subject.post("/settings", { tavily_api_key: tavilyKey });
    expect(await search({})).toMatchObject(refused);
    expect(await search({ filename: "a.bin" })).toMatchObject({
      status: 200,
      json: { success: false, message: "No results found for this model" },
    });
    expect(await subject.object("/model-metadata")).toMatchObject({ count: 0 });
  });

  it("extract-source: takes the best result, asks its page for the file, and stores both URLs", async () => {
    const asked: string[][] = [];
    const page = "https://huggingface.co/o/r/tree/main/a.bin";
    const file = "https://huggingface.co/o/r/blob/v2/x/a.bin";
    const findFileUrl = (...args: string[]): Promise<string> => {
      asked.push(args);
      return Promise.resolve(file);
    };
    const subject = await withKeys(kind, { findFileUrl });
    const results = [{ url: "https://reddit.com/a.bin" }, { url: page }, { title: "no url" }, null];
    const request = { filename: "a.bin", original_filename: "sub/a.bin", results };
    const metadata = {
      url: "https://huggingface.co/o/r/resolve/v2/x/a.bin",
      source: "tavily_search",
      model_type: "unknown",
      directory: "",
      filename: "a.bin",
      search_score: 340,
      original_search_url: page,
      hf_repo: "o/r",
      hf_path: "x/a.bin",
      cached_at: cachedAt,
    };
    expect(await subject.post("/extract-source", request)).toMatchObject(
      ok({ success: true, metadata, score: 340 }),
    );
    expect(asked).toEqual([[page, "a.bin"]]);
    const { directory: _, ...stored } = metadata;
    expect(await subject.object("/search-cache/a.bin")).toEqual({
      success: true,
      metadata: stored,
    });
  });

  it("extract-source: without a reliable result nothing is asked or stored", async () => {
    let asked = 0;
    const findFileUrl = (): Promise<undefined> => {
      asked += 1;
      return findsNothing();
    };
    const subject = await openSubject(kind, {}, { findFileUrl });
    const results = [{ url: "https://example.org/page" }];
    expect(
      await subject.post("/extract-source", { filename: "unlikely.bin", results }),
    ).toMatchObject({
      status: 200,
      json: { success: false, message: "No reliable source found in results" },
    });
    for (const body of [{}, { filename: "a.bin", results: [] }, { results }])
      expect(await subject.post("/extract-source", body)).toMatchObject({
        status: 400,
        json: { success: false, error: "Missing filename or results" },
      });
    expect((await subject.post("/extract-source", { filename: "a", results: "x" })).status).toBe(
      500,
    );
    expect(asked).toBe(0);
    expect(await subject.object("/model-metadata")).toMatchObject({ count: 0 });
  });
});

describe("the score of a search result", () => {
  it.each([
    ["https://huggingface.co/o/r/resolve/main/My%20Model.bin", 200 + 100 + 30 + 50],
    ["https://huggingface.co/o/r/blob/main/my model-v2.bin", 150 + 30 + 40],
    ["https://civitai.com/models/1", 25 + 20],
    ["https://civitai.com/api/download/models/1", 25 + 20 + 30],
    ["https://github.com/o/r/releases/tag/1", 15 + 25],
    ["https://github.com/o/r/issues/1", 15 - 50],
    ["https://reddit.com/r/x/wiki/a", -100 - 30],
    ["https://youtube.com/100%", -80],
    ["", 0],
  ])("of %j is %d", (url, score) => {
    expect(sourceScore({ url }, "My Model.bin")).toBe(score);
  });

  it("counts the name in the text a little", () => {
    expect(sourceScore({ url: "https://h/", content: "get MY MODEL.bin" }, "My Model.bin")).toBe(
      10,
    );
  });
});
