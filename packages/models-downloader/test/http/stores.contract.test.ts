import { expect, it } from "vitest";
import { describeStores } from "../describe-stores.ts";
import { historyNames, invented, inventedObject, tiny } from "./invented.ts";
import { bad, ok, residences } from "./requests.ts";
import { objectIn, openSubject } from "./subject.ts";

describeStores(residences, "settings, history, caches and usage in %s", (residence) => {
  it("settings: tokens are masked, what is posted counts from then on, unknown members stay", async () => {
    const subject = await openSubject(residence, { lookalike: tiny });
    expect(await subject.get("/settings")).toMatchObject(
      ok({
        huggingface_token: "hf_e***************cret",
        civitai_api_key: "********",
        tavily_api_key: "",
        huggingface_token_set: true,
        civitai_api_key_set: true,
        tavily_api_key_set: false,
        enable_advanced_search: true,
        max_parallel_downloads: 4,
      }),
    );
    const change = {
      huggingface_token: "",
      tavily_api_key: "tvly-abcdefghijkl",
      max_parallel_downloads: 50,
    };
    expect(await subject.post("/settings", change)).toMatchObject(ok({ success: true }));
    expect(await subject.object("/settings")).toMatchObject({
      huggingface_token: "",
      huggingface_token_set: false,
      tavily_api_key: "tvly*********ijkl",
      max_parallel_downloads: 10,
    });
    await subject.settleInFiles();
    expect(JSON.parse(await subject.folder.text("settings.json"))).toEqual({
      ...inventedObject("settings"),
      ...change,
      max_parallel_downloads: 10,
    });
  });

  it("settings/parallel: from 0 to 50, 3 without a number, true as it is", async () => {
    const subject = await openSubject(residence, { lookalike: tiny });
    const path = "/settings/parallel";
    for (const wanted of [0, 50, true])
      expect(await subject.post(path, { max_parallel: wanted })).toMatchObject(
        ok({ success: true, max_parallel: wanted }),
      );
    expect(await subject.object("/settings")).toMatchObject({ max_parallel_downloads: true });
    for (const wanted of [51, -1, 2.5, "7", null])
      expect(await subject.post(path, { max_parallel: wanted })).toMatchObject(
        bad("Invalid value (must be 0-50)"),
      );
    expect(await subject.post(path, {})).toMatchObject(ok({ success: true, max_parallel: 3 }));
    expect(await subject.object("/settings")).toMatchObject({ max_parallel_downloads: 3 });
  });

  it("a body that is missing, no JSON or no object is answered 500 and changes nothing", async () => {
    const subject = await openSubject(residence, { lookalike: tiny });
    const before = (await subject.get("/settings")).text;
    for (const path of ["/settings", "/track-usage"])
      for (const body of ["{bad json", "", "[1]", undefined]) {
        const reply = await subject.post(path, body);
        expect(reply.status).toBe(500);
        expect(objectIn(reply)["error"]).toMatch(/^the body is no/);
      }
    expect((await subject.get("/settings")).text).toBe(before);
  });

  it("download history: newest first, deleting by name, clearing", async () => {
    const subject = await openSubject(residence, { lookalike: tiny });
    const names = historyNames(invented("download_history"));
    expect((await subject.get("/download-history")).text).toBe(
      JSON.stringify({ success: true, history: invented("download_history") }),
    );
    const path = "/delete-history-item";
    expect(await subject.post(path, { filename: names[1] ?? "" })).toMatchObject(
      ok({ success: true }),
    );
    expect(await subject.post(path, { filename: "not-there" })).toMatchObject(
      ok({ success: true }),
    );
    expect(await subject.post(path, {})).toMatchObject(bad("Missing filename"));
    expect(historyNames((await subject.object("/download-history"))["history"])).toEqual(
      names.filter((_, index) => index !== 1),
    );
    expect(await subject.post("/clear-download-history")).toMatchObject(
      ok({ success: true, message: "Download history cleared" }),
    );
    expect(await subject.object("/download-history")).toEqual({ success: true, history: [] });
  });

  it("Tavily answers: all in their order, one by its encoded name, none", async () => {
    const subject = await openSubject(residence, { lookalike: tiny });
    const cache = inventedObject("tavily_cache");
    expect((await subject.get("/tavily-cache-all")).text).toBe(
      JSON.stringify({ success: true, cache }),
    );
    for (const [name, record] of Object.entries(cache))
      expect((await subject.get(`/tavily-cache/${encodeURIComponent(name)}`)).text).toBe(
        JSON.stringify(record),
      );
    expect(await subject.get("/tavily-cache/nope%2Fnever.bin")).toMatchObject(
      ok({ success: false, message: "No cached results" }),
    );
  });

  it("Tavily answers are found by a name that was encoded once or twice, also with a literal %41", async () => {
    const literal = { success: true, results: [], query: "literal" };
    const plain = { success: true, results: [], query: "plain" };
    const files = {
      "tavily_cache.json": JSON.stringify({ "a%41/\u00e9.bin": literal, "bA/\u00e9.bin": plain }),
    };
    const subject = await openSubject(residence, { files });
    const once = encodeURIComponent("a%41/\u00e9.bin");
    expect((await subject.get(`/tavily-cache/${once}`)).json).toEqual(literal);
    const twice = encodeURIComponent(encodeURIComponent("bA/\u00e9.bin"));
    expect((await subject.get(`/tavily-cache/${twice}`)).json).toEqual(plain);
    expect((await subject.get("/tavily-cache/%ff%zz%")).json).toMatchObject({ success: false });
  });

  it("track-usage: one time for the batch, at most ten workflows, models without name counted alone", async () => {
    const subject = await openSubject(
      residence,
      { lookalike: tiny },
      { clock: () => 1_800_000_000_250 },
    );
    const models = [
      { filename: "sub/one.bin" },
      { filename: "two.bin", directory: "x" },
      { no: 1 },
    ];
    expect(
      await subject.post("/track-usage", { models, workflow_name: "wf \u4e2d.json" }),
    ).toMatchObject(ok({ success: true, tracked: 3 }));
    expect(await subject.post("/track-usage", { models: [{ filename: "two.bin" }] })).toMatchObject(
      ok({ success: true, tracked: 1 }),
    );
    for (const name of ["", null])
      await subject.post("/track-usage", {
        models: [{ filename: "three.bin" }],
        workflow_name: name,
      });
    for (let index = 0; index < 12; index++)
      await subject.post("/track-usage", {
        models: [{ filename: "cap.bin" }],
        workflow_name: `w${index}`,
      });
    expect(await subject.post("/track-usage", { models: [] })).toMatchObject(
      ok({ success: true, tracked: 0 }),
    );
    expect(await subject.post("/track-usage", {})).toMatchObject(ok({ success: true, tracked: 0 }));
    const all = await subject.use((stores) => stores.usage.getAll());
    expect(all.get("sub/one.bin")).toEqual({
      last_used: 1_800_000_000.25,
      workflows: ["wf \u4e2d.json"],
    });
    expect(all.get("two.bin")).toMatchObject({ workflows: ["wf \u4e2d.json", "current"] });
    expect(all.get("three.bin")).toMatchObject({ workflows: [] });
    expect(all.get("cap.bin")).toMatchObject({
      workflows: Array.from({ length: 10 }, (_, index) => `w${index + 2}`),
    });
    expect(all.size).toBe(Object.keys(inventedObject("usage_cache")).length + 4);
  });

  it("cache-info counts tracked models and says where they lie; clear-cache empties them", async () => {
    const subject = await openSubject(residence, { lookalike: tiny });
    const info = await subject.object("/cache-info");
    expect(info).toEqual({
      success: true,
      tracked_models: Object.keys(inventedObject("usage_cache")).length,
      cache_file: expect.stringMatching(/(usage_cache\.json|wmd_data\.db|#stores_\d+)$/),
      cache_size_bytes: expect.any(Number),
      default_directories: [],
    });
    expect(Number(info["cache_size_bytes"])).toBeGreaterThan(1000);
    expect(await subject.post("/clear-cache")).toMatchObject(
      ok({ success: true, message: "Usage cache cleared" }),
    );
    expect(await subject.object("/cache-info")).toMatchObject({ tracked_models: 0 });
  });
});
