import { readFile } from "node:fs/promises";
import type { JsonValue } from "@cutover/core";
import { restorePostgres } from "@cutover/kysely/postgres";
import { describe, expect, it } from "vitest";
import {
  checkExport,
  copyStores,
  digest,
  digestAll,
  exportStore,
  historyEntry,
  importStore,
  openStores,
  redactionOf,
  restoreStores,
  storeNames,
} from "../src/index.ts";
import { describeStores } from "./describe-stores.ts";
import { kinds, makeFolder, openFolder, places, small } from "./folder.ts";
import { emptySchema } from "./postgres-schema.ts";

const entry = historyEntry({
  filename: "sub/m.bin",
  status: "completed",
  timestamp: "2025-11-29T10:00:00.1",
});

describeStores(places, "the stores together in %s", (kind) => {
  it("finishDownload() notes history and metadata together", async () => {
    const { history, models, ...stores } = await openFolder(kind).then((all) => ({
      history: all.history,
      models: all.models,
      finish: all.finishDownload.bind(all),
    }));
    await stores.finish({ entry, metadata: { filename: "sub/m.bin", url: "u" } });
    expect(await history.getRecent()).toEqual([entry]);
    expect(await models.get("sub/m.bin")).toEqual({ filename: "sub/m.bin", url: "u" });
    await stores.finish({ entry: { ...entry, status: "error", error: "no" } });
    expect(await history.getRecent()).toEqual([{ ...entry, status: "error", error: "no" }]);
    expect(await models.count()).toBe(1);
  });

  it("B16: a download that cannot be noted leaves no trace in either store, and can be noted again", async () => {
    const stores = await openFolder(kind);
    const noting = stores.finishDownload({ entry, metadata: { url: Number.NaN } });
    await expect(noting).rejects.toMatchObject({ code: "INVALID_VALUE" });
    expect(await stores.history.count()).toBe(0);
    expect(await stores.models.count()).toBe(0);
    await stores.finishDownload({ entry, metadata: { url: "u" } });
    expect(await stores.history.count({ status: "error" })).toBe(0);
    expect(await stores.history.count()).toBe(1);
  });

  it("atomically() does all of its work in all stores, or nothing", async () => {
    const stores = await openFolder(kind);
    const failing = stores.atomically(async (inside) => {
      await inside.settings.set("a", 1);
      await inside.usage.trackMany([{ name: "m", workflows: ["w"] }], 1);
      await inside.nodes.upsert("n", {});
      await inside.models.setUserUrl("m", { url: "u", updatedAt: "t" });
      await inside.catalog.add({ filename: "c" });
      expect((await inside.models.getAll()).size).toBe(1);
      throw new Error("half-way");
    });
    await expect(failing).rejects.toThrow("half-way");
    const { collections } = await stores.storage.info();
    expect(collections.reduce((sum, { records }) => sum + records, 0)).toBe(0);
  });

  it("B18: forgetting a deleted model leaves no orphan in any store", async () => {
    const stores = await openFolder(kind);
    await stores.finishDownload({ entry, metadata: { url: "u" } });
    await stores.usage.trackMany([{ name: "sub/m.bin", workflows: ["w"] }], 1);
    expect(await stores.forgetModel("sub/m.bin")).toEqual({ metadata: 1, usage: 1, history: 1 });
    expect(await stores.forgetModel("sub/m.bin")).toEqual({ metadata: 0, usage: 0, history: 0 });
  });

  it("B5: no token gets into history or metadata, whichever way it is quoted", async () => {
    const folder = await makeFolder(kind);
    const stores = await folder.open();
    const token = "civ/tail+secret";
    await stores.appSettings.change({ civitai_api_key: token });
    const url = `https://civitai.com/api/download/models/7?type=Model&token=${encodeURIComponent(token)}&format=x`;
    await stores.finishDownload({
      entry: { ...entry, status: "error", error: `500 for url: ${url} (${token})` },
      metadata: { url, suggestions: [{ url: `${url}#${token}` }] },
    });
    await stores.models.merge("n.bin", {
      original_search_url: `https://h/x?api_key=abc&token=${token}`,
    });
    await stores.models.replace("o.bin", { url: `https://h/x?token=${token}` });
    await stores.models.setUserUrl("p.bin", {
      url: `https://h/?a=1&token=${token}`,
      updatedAt: "t",
    });
    await stores.models.mergeMany([["q.bin", { url: token }]]);
    await stores.models.bulkReconcile(new Map([["r.bin", { url: token }]]), {
      mode: "keep",
      before: new Map(),
    });
    const stored = JSON.stringify([
      await stores.history.getRecent(),
      [...(await stores.models.getAll())],
    ]);
    expect(stored).not.toContain("tail+secret");
    expect(stored).not.toContain("tail%2Bsecret");
    expect((await stores.models.get("sub/m.bin"))?.["url"]).toBe(
      "https://civitai.com/api/download/models/7?type=Model&format=x",
    );
    expect(await stores.models.get("o.bin")).toEqual({ url: "https://h/x" });
    expect(await stores.models.get("p.bin")).toMatchObject({ user_url: "https://h/?a=1" });
  });

  it("an export imported elsewhere, of either kind, has the same digest and the same text", async () => {
    const source = await openFolder(kind, { lookalike: small });
    for (const other of new Set([...kinds, kind])) {
      const target = await openFolder(other);
      for (const store of storeNames) {
        const written: JsonValue = JSON.parse(JSON.stringify(await exportStore(source, store)));
        await importStore(target, checkExport(written));
        expect(JSON.stringify(await exportStore(target, store))).toBe(JSON.stringify(written));
        expect(await digest(target, store)).toBe(await digest(source, store));
      }
      expect(await digestAll(target)).toBe(await digestAll(source));
    }
  });

  it("copyStores() makes others hold all of it, documents and every search's cache included", async () => {
    const source = await openFolder(kind, { lookalike: small });
    await source.catalog.setMeta({ version: "7", extra: null });
    await source.searchCache.set("civitai", "q", { record: { results: [1] } });
    for (const other of new Set([...kinds, kind])) {
      const target = await openFolder(other, { files: { "settings.json": '{"gone": 1}' } });
      await copyStores(source, target);
      expect(await digestAll(target)).toBe(await digestAll(source));
      expect(await target.catalog.getMeta()).toEqual({ version: "7", extra: null });
      expect(await target.searchCache.getAll("civitai")).toEqual(
        new Map([["q", { results: [1] }]]),
      );
    }
  });

  it("an export tells a missing store from an empty one", async () => {
    const stores = await openFolder(kind);
    expect(await exportStore(stores, "settings")).toMatchObject({ exists: false, records: [] });
    await stores.settings.replaceAll([]);
    const empty = await exportStore(stores, "settings");
    expect(empty).toMatchObject({ exists: true, records: [] });
    const target = await openFolder(kind);
    await importStore(target, empty);
    expect(await target.settings.isInitialised()).toBe(true);
  });

  it("every change of a record, of its members' order or of the order of records changes the digest", async () => {
    const stores = await openFolder(kind);
    const seen = new Set<string>();
    const contents: readonly (readonly (readonly [string, JsonValue])[])[] = [
      [],
      [["a", { x: 1, y: null }]],
      [["a", { y: null, x: 1 }]],
      [["a", { x: 1 }]],
      [["a", { x: 1, y: "" }]],
      [
        ["a", 1],
        ["b", 2],
      ],
      [
        ["b", 2],
        ["a", 1],
      ],
    ];
    for (const records of contents) {
      await stores.models.replaceAll(records);
      seen.add(await digestAll(stores));
    }
    expect(seen.size).toBe(contents.length);
  });
});

describe.each(kinds)("a backup of the stores in %s", (kind) => {
  it("restored brings everything back, and keeps aside what was there", async () => {
    const folder = await makeFolder(kind, { lookalike: small });
    const stores = await folder.open();
    const before = await digestAll(stores);
    const backup = folder.file("backups/one");
    const manifest = await stores.backup(backup);
    expect(manifest.kind).toBe(kind);
    await stores.models.replaceAll([]);
    await stores.history.clear();
    await stores.close();
    const { keptAside } = await restoreStores(folder.path, backup);
    expect(keptAside).toBeDefined();
    expect(await digestAll(await folder.open())).toBe(before);
  });
});

describeStores(["postgres"], "a backup of the stores in %s", (kind) => {
  it("restored to another schema has all of them, documents included", async () => {
    const folder = await makeFolder(kind, { lookalike: small });
    const stores = await folder.open();
    await stores.catalog.setMeta({ version: "7" });
    const from = folder.file("backups/one");
    expect((await stores.backup(from)).kind).toBe(kind);
    const postgres = await emptySchema();
    await restorePostgres({ from, to: postgres });
    const restored = await folder.open({ postgres });
    expect(await digestAll(restored)).toBe(await digestAll(stores));
    expect(await restored.catalog.getMeta()).toEqual({ version: "7" });
  });
});

describe("stores that are asked for in two places", () => {
  it("are refused, and no server is asked", async () => {
    const { path: folder } = await makeFolder("json");
    const postgres = { connectionString: "postgres://127.0.0.1:1/nowhere" };
    await expect(openStores({ folder, postgres, backend: "sqlite" })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
  });
});

describe("an export that was damaged", () => {
  it.each([
    [null, "CORRUPT_DATA"],
    [{ format: 2, store: "settings" }, "FORMAT_TOO_NEW"],
    [{ format: 1, store: "nope", exists: true, document: null, records: [] }, "CORRUPT_DATA"],
    [
      { format: 1, store: "settings", exists: true, document: null, records: [["a"]] },
      "CORRUPT_DATA",
    ],
    [{ format: 1, store: "settings", exists: true, document: [], records: [] }, "CORRUPT_DATA"],
  ])("%j is refused with %s", (value, code) => {
    expect(() => checkExport(value)).toThrow(expect.objectContaining({ code }));
  });
});

describe("taking secrets out", () => {
  it.each([
    ["https://h/x?token=a", "https://h/x"],
    ["https://h/x?token=a&token=b&y=1", "https://h/x?y=1"],
    ["see https://h/?api_key=a&ACCESS_TOKEN=b#f ok?", "see https://h/#f ok?"],
    ["https://h/x?tokens=a&mytoken=b", "https://h/x?tokens=a&mytoken=b"],
    ["no token=at all? yes & no", "no token=at all? yes & no"],
  ])("%s becomes %s", (url, clean) => {
    expect(redactionOf([])({ url })).toEqual({ url: clean });
  });

  it("leaves names, ids and short tokens alone, and the order of members", () => {
    const record = {
      filename: "x?token=12345678",
      civitai_model_id: "12345678",
      url: "a12",
      error: null,
    };
    const clean = redactionOf(["12345678", "a1"])(record);
    expect(JSON.stringify(clean)).toBe(JSON.stringify(record));
  });
});

describe("a JSON folder that the original application shares", () => {
  it("keeps its formatting: two spaces, ASCII escapes, no line break at the end", async () => {
    const folder = await makeFolder("json", { lookalike: small });
    const stores = await folder.open();
    await stores.models.merge("n\u00e9w \u{1f600}.bin", { url: "u" });
    const text = await readFile(folder.file("model_metadata.json"), "utf8");
    expect(text).toContain('\n  "n\\u00e9w \\ud83d\\ude00.bin": {\n    "url": "u"\n  }\n}');
    expect(text.endsWith("}")).toBe(true);
  });

  it("picks up what the other application wrote meanwhile", async () => {
    const folder = await makeFolder("json", { lookalike: small });
    const stores = await folder.open();
    await stores.settings.getAll();
    await folder.write("settings.json", '{"tavily_api_key": "theirs"}');
    expect(await stores.appSettings.token("tavily_api_key")).toBe("theirs");
  });

  it("B14: a corrupt file is an error, never an empty store, and is not overwritten", async () => {
    const folder = await makeFolder("json", { lookalike: small });
    const corrupt = '{"a": {"url": "hf_secret';
    await folder.write("model_metadata.json", corrupt);
    const stores = await folder.open();
    const calls = [
      () => stores.models.getAll(),
      () => stores.models.merge("b", { url: "u" }),
      () => stores.finishDownload({ entry, metadata: { url: "u" } }),
    ];
    for (const call of calls) {
      const error: unknown = await call().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ code: "CORRUPT_DATA" });
      expect(String(error)).not.toContain("hf_secret");
    }
    expect(await folder.text("model_metadata.json")).toBe(corrupt);
    expect(await stores.history.count()).toBe(100);
  });

  it("B3: settings that are half-way through being written are waited for, not taken for none", async () => {
    const whole = '{"civitai_api_key": "kept-secret"}';
    const folder = await makeFolder("json", { files: { "settings.json": whole } });
    const stores = await folder.open();
    await folder.write("settings.json", whole.slice(0, 10));
    const reading = stores.appSettings.token("civitai_api_key");
    await folder.write("settings.json", whole);
    expect(await reading).toBe("kept-secret");
  });
});
