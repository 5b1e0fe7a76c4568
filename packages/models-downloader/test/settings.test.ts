import { StorageError } from "@cutover/core";
import { describe, expect, it } from "vitest";
import {
  defaultSettings,
  isMasked,
  maskToken,
  nativeSettingsFile,
  settingsChange,
} from "../src/index.ts";
import { describeStores } from "./describe-stores.ts";
import { makeFolder, openFolder, places } from "./folder.ts";

const native = (values: Record<string, string | number | boolean>) => () =>
  Promise.resolve(
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [`WorkflowModelsDownloader.${name}`, value]),
    ),
  );

describeStores(places, "settings in %s", (kind) => {
  it("patch() sets some settings, keeps unknown ones and the order of all", async () => {
    const { settings } = await openFolder(kind, {
      files: { "settings.json": '{"my_extra": {"a": [1, null]}, "tavily_api_key": "old"}' },
    });
    await settings.patch({ tavily_api_key: "new", huggingface_token: "hf" });
    expect([...(await settings.getAll())]).toEqual([
      ["my_extra", { a: [1, null] }],
      ["tavily_api_key", "new"],
      ["huggingface_token", "hf"],
    ]);
  });

  it("get() tells absent from null and from empty text", async () => {
    const { settings } = await openFolder(kind);
    await settings.patch({ empty: "", nothing: null });
    expect(await settings.get("empty", "fallback")).toBe("");
    expect(await settings.get("nothing", "fallback")).toBeNull();
    expect(await settings.get("absent", "fallback")).toBe("fallback");
    expect(await settings.delete("empty")).toBe(true);
    expect(await settings.get("empty", "fallback")).toBe("fallback");
  });

  it("replaceAll() removes what is not named", async () => {
    const { settings } = await openFolder(kind);
    await settings.patch({ a: 1, b: 2 });
    await settings.replaceAll([["b", 3]]);
    expect([...(await settings.getAll())]).toEqual([["b", 3]]);
  });

  it("changes of different settings at once all survive, through two openings", async () => {
    const folder = await makeFolder(kind);
    const [one, other] = [await folder.open(), await folder.open()];
    const names = Array.from({ length: 20 }, (_, index) => `s${index}`);
    await Promise.all(
      names.map((name, index) =>
        (index % 2 === 0 ? one : other).appSettings.change({ [name]: index }),
      ),
    );
    const stored = await one.settings.getAll();
    expect(names.map((name) => stored.get(name))).toEqual(names.map((_, index) => index));
  });

  it("text that looks like a number, true or null comes back as text after reopening", async () => {
    const folder = await makeFolder(kind);
    const first = await folder.open();
    await first.settings.patch({ huggingface_token: "12345678", civitai_api_key: "true" });
    await first.settings.set("tavily_api_key", "null");
    await first.close();
    const { settings } = await folder.open();
    expect([...(await settings.getAll()).values()]).toEqual(["12345678", "true", "null"]);
  });

  it("a missing store falls back on ComfyUI's settings, an existing empty one does not", async () => {
    const readNativeSettings = native({ HuggingFaceToken: "hf_native", MaxParallelDownloads: "7" });
    const missing = await makeFolder(kind);
    const fresh = await missing.open({ readNativeSettings });
    expect(await fresh.settings.isInitialised()).toBe(false);
    expect(await fresh.appSettings.load()).toEqual({
      ...defaultSettings,
      huggingface_token: "hf_native",
      max_parallel_downloads: "7",
    });
    const empty = await makeFolder(kind, { files: { "settings.json": "{}" } });
    const existing = await empty.open({ readNativeSettings });
    expect(await existing.settings.isInitialised()).toBe(true);
    expect(await existing.appSettings.load()).toEqual(defaultSettings);
  });

  it("the first change writes ComfyUI's values down, and they are not asked for again", async () => {
    const folder = await makeFolder(kind);
    const first = await folder.open({ readNativeSettings: native({ CivitAIApiKey: "civ" }) });
    await first.appSettings.change({ enable_advanced_search: true });
    await first.close();
    const { settings, appSettings } = await folder.open({
      readNativeSettings: () => Promise.reject(new Error("must not be asked")),
    });
    expect([...(await settings.getAll())]).toEqual([
      ["huggingface_token", ""],
      ["civitai_api_key", "civ"],
      ["tavily_api_key", ""],
      ["enable_advanced_search", true],
      ["max_parallel_downloads", 3],
    ]);
    expect(await appSettings.token("civitai_api_key")).toBe("civ");
  });

  it("a token that another process changes is seen at once", async () => {
    const folder = await makeFolder(kind);
    const [one, other] = [await folder.open(), await folder.open()];
    await one.appSettings.change({ huggingface_token: "first" });
    expect(await other.appSettings.token("huggingface_token")).toBe("first");
    await one.appSettings.change({ huggingface_token: "second" });
    expect(await other.appSettings.token("huggingface_token")).toBe("second");
  });

  it("B3: reading a token while settings are saved never sees none, and nothing wipes it", async () => {
    const folder = await makeFolder(kind);
    const [writer, reader] = [await folder.open(), await folder.open()];
    await writer.appSettings.change({ civitai_api_key: "kept-secret" });
    const seen = new Set<string>();
    const writes = (async () => {
      for (let round = 0; round < 40; round++)
        await writer.appSettings.change({ max_parallel_downloads: (round % 9) + 1 });
    })();
    for (let round = 0; round < 40; round++) {
      seen.add(await reader.appSettings.token("civitai_api_key"));
      if (round % 10 === 0) await reader.appSettings.change({ enable_advanced_search: true });
    }
    await writes;
    expect([...seen]).toEqual(["kept-secret"]);
    expect(await reader.settings.get("civitai_api_key")).toBe("kept-secret");
  });

  it("B4: the masked token, posted back, does not take the token's place", async () => {
    const { appSettings, settings } = await openFolder(kind);
    await appSettings.change({
      huggingface_token: "hf_abcdefghijklmnop",
      civitai_api_key: "short",
    });
    const shown = await appSettings.shown();
    expect(shown).toMatchObject({
      huggingface_token: "hf_a***********mnop",
      civitai_api_key: "*****",
    });
    await appSettings.change(settingsChange(shown));
    expect(await settings.get("huggingface_token")).toBe("hf_abcdefghijklmnop");
    expect(await settings.get("civitai_api_key")).toBe("short");
  });

  it("B13: a change with one bad field changes nothing, then or later", async () => {
    const { appSettings, settings } = await openFolder(kind);
    await appSettings.change({ huggingface_token: "kept-token" });
    const body = { huggingface_token: "other-token", civitai_api_key: 5 };
    expect(() => settingsChange(body)).toThrow(
      expect.objectContaining({ code: "VALIDATION_FAILED" }),
    );
    await appSettings.change(settingsChange({ max_parallel_downloads: 4 }));
    expect(await settings.get("huggingface_token")).toBe("kept-token");
  });

  it("shown() hides every token and says which there are", async () => {
    const { appSettings } = await openFolder(kind);
    await appSettings.change({ tavily_api_key: "tvly-abcdefghijkl" });
    expect(await appSettings.shown()).toEqual({
      huggingface_token: "",
      civitai_api_key: "",
      tavily_api_key: "tvly*********ijkl",
      huggingface_token_set: false,
      civitai_api_key_set: false,
      tavily_api_key_set: true,
      enable_advanced_search: false,
      max_parallel_downloads: 3,
    });
  });
});

describe("a request to change settings", () => {
  it.each([
    [{ max_parallel_downloads: 50 }, { max_parallel_downloads: 10 }],
    [{ max_parallel_downloads: 0 }, { max_parallel_downloads: 1 }],
    [{ max_parallel_downloads: " 7 " }, { max_parallel_downloads: 7 }],
    [{ max_parallel_downloads: true }, { max_parallel_downloads: 1 }],
    [{ max_parallel_downloads: "abc" }, {}],
    [{ max_parallel_downloads: null }, {}],
    [{ huggingface_token: "***masked" }, {}],
    [{ huggingface_token: "" }, { huggingface_token: "" }],
    [{ huggingface_token: null }, {}],
    [{ unknown_key: 1 }, {}],
    [{ enable_advanced_search: 0 }, { enable_advanced_search: false }],
    [{ enable_advanced_search: [0] }, { enable_advanced_search: true }],
  ])("%j asks for %j", (body, change) => {
    expect(settingsChange(body)).toEqual(change);
  });

  it.each(["a", "12345678", "123456789", "hf_abcdefghijklmnop", "\u{1f600}".repeat(9)])(
    "the mask of %j is recognised, the token itself is not",
    (token) => {
      expect(isMasked(maskToken(token))).toBe(true);
      expect(isMasked(token)).toBe(false);
      expect(Array.from(maskToken(token))).toHaveLength(Array.from(token).length);
    },
  );
});

describe("ComfyUI's settings file", () => {
  it("is an error when it cannot be read as an object, and the error does not quote it", async () => {
    const folder = await makeFolder("json", { files: { "comfy.json": '{"token": hf_secret' } });
    const reading = nativeSettingsFile(folder.file("comfy.json"))();
    const error = await reading.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StorageError);
    expect(error).toMatchObject({ code: "CORRUPT_DATA" });
    expect(String(error)).not.toContain("hf_secret");
    expect(await nativeSettingsFile(folder.file("none.json"))()).toBeUndefined();
  });
});
