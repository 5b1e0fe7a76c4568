import { setImmediate as nextTurn } from "node:timers/promises";
import type { JsonObject } from "@cutover/core";
import { expect, it } from "vitest";
import { describeStores } from "./describe-stores.ts";
import { makeFolder, openFolder, places, small } from "./folder.ts";

const hash = "AB".repeat(32);

describeStores(places, "model metadata in %s", (kind) => {
  it("looks up by key, then basename, then ignoring case, first in the order of the store", async () => {
    const { models } = await openFolder(kind);
    await models.replaceAll([
      ["z/\u00c9tude.Safetensors", { n: 1 }],
      ["b.safetensors", { n: 2 }],
      ["y/B.safetensors", { n: 3 }],
      ["sub/b.safetensors", { n: 4 }],
    ]);
    const n = async (name: string, find: "find" | "getByKeyOrBasename") =>
      (await models[find](name))?.["n"];
    expect(await n("sub/b.safetensors", "find")).toBe(4);
    expect(await n("other/b.safetensors", "find")).toBe(2);
    expect(await n("x/B.SAFETENSORS", "find")).toBe(2);
    expect(await n("x/B.SAFETENSORS", "getByKeyOrBasename")).toBeUndefined();
    expect(await n("\u00e9TUDE.safetensors", "find")).toBe(1);
    expect(await n("tude.safetensors", "find")).toBeUndefined();
    expect(await n("", "find")).toBeUndefined();
  });

  it("falls through an empty record, and through null", async () => {
    const { models } = await openFolder(kind, {
      files: { "model_metadata.json": '{"sub/m": {}, "m": null, "x/M": {"n": 1}}' },
    });
    expect(await models.getByKeyOrBasename("sub/m")).toBeUndefined();
    expect(await models.find("sub/m")).toEqual({ n: 1 });
    expect(await models.get("sub/m")).toEqual({});
  });

  it("takes names for what they are: LIKE wildcards, backslashes and the Kelvin sign", async () => {
    const { models } = await openFolder(kind);
    await models.replaceAll([
      ["aXb%.bin", { n: 1 }],
      ["sub\\m.bin", { n: 2 }],
      ["\u212Aelvin", { n: 3 }],
    ]);
    expect(await models.find("a_b%.bin")).toBeUndefined();
    expect(await models.find("SUB\\M.BIN")).toEqual({ n: 2 });
    expect(await models.find("m.bin")).toBeUndefined();
    expect(await models.find("kelvin")).toEqual({ n: 3 });
    await models.merge("x/\u0130\u212A", { n: 4 });
    expect(await models.find("i\u0307K")).toEqual({ n: 4 });
  });

  it("merge() skips null and empty text, keeps order and unknown members, returns the record", async () => {
    const { models } = await openFolder(kind);
    await models.replaceAll([["m", { zz: [1], url: "u1", source: "huggingface" }]]);
    const merged = await models.merge("m", {
      url: "u2",
      source: "",
      hf_repo: null,
      search_score: 0,
      from_download: false,
    });
    expect(JSON.stringify(merged)).toBe(
      '{"zz":[1],"url":"u2","source":"huggingface","search_score":0,"from_download":false}',
    );
    expect(await models.get("m")).toEqual(merged);
    expect(await models.merge("m", { source: "" }, { skipEmpty: false })).toMatchObject({
      source: "",
    });
    expect(await models.merge("m", { note: null }, { skipNull: false })).toMatchObject({
      note: null,
    });
  });

  it("B9: neither merge, replace nor a download destroys user_url; only the user changes it", async () => {
    const { models } = await openFolder(kind);
    await models.setUserUrl("m", { url: "mine", updatedAt: "2025-11-29T10:00:00" });
    await models.merge("m", { user_url: "theirs", url: "u" });
    expect((await models.get("m"))?.["user_url"]).toBe("mine");
    await models.replace("m", { url: "u2" });
    expect(await models.get("m")).toEqual({ url: "u2", user_url: "mine" });
    await models.recordDownload("m", { url: "u3", source: "direct" });
    expect((await models.get("m"))?.["user_url"]).toBe("mine");
    await models.setUserUrl("m", { url: "mine too", updatedAt: "2025-11-29T10:00:01" });
    expect((await models.get("m"))?.["user_url"]).toBe("mine too");
    expect(await models.replace("m", { url: "u4" }, [])).toEqual({ url: "u4" });
  });

  it("B9: a download replaces where the file came from and keeps all else that is known", async () => {
    const { models } = await openFolder(kind);
    await models.merge("m", {
      url: "old",
      hf_repo: "a/b",
      description: "d",
      base_model: "SDXL",
      suggestions: [{ title: "t" }],
    });
    await models.recordDownload("m", { url: "new", source: "civitai", civitai_model_id: "7" });
    expect(await models.get("m")).toEqual({
      description: "d",
      base_model: "SDXL",
      suggestions: [{ title: "t" }],
      url: "new",
      source: "civitai",
      civitai_model_id: "7",
    });
  });

  it("B10: a download with a folder and a writer with the bare name meet in one record", async () => {
    const { models } = await openFolder(kind);
    await models.recordDownload("sub/b.safetensors", { filename: "sub/b.safetensors", url: "u" });
    await models.setUserUrl("b.safetensors", { url: "mine", updatedAt: "t" });
    expect(await models.keys()).toEqual(["sub/b.safetensors"]);
    expect(await models.find("b.safetensors")).toMatchObject({ url: "u", user_url: "mine" });
    await models.merge("c.safetensors", { url: "first" });
    await models.recordDownload("sub/c.safetensors", {
      filename: "sub/c.safetensors",
      url: "second",
    });
    expect(await models.keys()).toEqual(["sub/b.safetensors", "c.safetensors"]);
    expect((await models.getByKeyOrBasename("sub/c.safetensors"))?.["url"]).toBe("second");
  });

  it("B10: models of the same basename in different folders do not overwrite each other", async () => {
    const { models } = await openFolder(kind);
    for (const folder of ["z", "y", "vae"])
      await models.recordDownload(`${folder}/b.bin`, { filename: `${folder}/b.bin`, url: folder });
    expect((await models.getAll()).size).toBe(3);
    await models.merge("b.bin", { url: "bare" }, { resolve: true });
    await models.recordDownload("x/b.bin", { filename: "x/b.bin", url: "x" });
    expect((await models.get("b.bin"))?.["url"]).toBe("x");
    await models.recordDownload("w/b.bin", { filename: "w/b.bin", url: "w" });
    expect(await models.keys()).toEqual(["z/b.bin", "y/b.bin", "vae/b.bin", "b.bin", "w/b.bin"]);
  });

  it("B6: records written by downloads during a scan all survive it, in either mode", async () => {
    const { models } = await openFolder(kind, { lookalike: small });
    for (const mode of ["keep", "force"] as const) {
      const before = await models.getAll();
      const scanned = new Map(
        [...before.keys()]
          .slice(0, 50)
          .map((key): [string, JsonObject] => [key, { filename: key, scanned_at: mode }]),
      );
      const [busy = ""] = scanned.keys();
      const downloaded = Array.from({ length: 39 }, (_, index) => `${mode}-new-${index}`);
      await models.mergeMany(downloaded.map((key) => [key, { url: key }]));
      await models.merge(busy, { url: `${mode}-meanwhile`, scanned_at: `${mode}-theirs` });
      const report = await models.bulkReconcile(scanned, { mode, before });
      const stored = await models.getAll();
      expect(downloaded.every((key) => stored.has(key))).toBe(true);
      expect(stored.get(busy)).toMatchObject({
        url: `${mode}-meanwhile`,
        scanned_at: `${mode}-theirs`,
      });
      expect(report.kept).toBe(mode === "keep" ? 1 : 1 + downloaded.length);
    }
  });

  it("B6: a record deleted during a scan does not come back", async () => {
    const { models } = await openFolder(kind);
    await models.merge("gone", { url: "u" });
    const before = await models.getAll();
    await models.delete("gone");
    await models.bulkReconcile(new Map([["gone", { url: "again" }]]), { mode: "keep", before });
    expect(await models.get("gone")).toBeUndefined();
  });

  it("B17: a forced scan keeps records with a user_url, a gentle one keeps suggestions", async () => {
    const { models } = await openFolder(kind);
    await models.mergeMany([
      ["absent", { url: "u" }],
      ["absent-mine", { url: "u", user_url: "mine" }],
      ["found", { user_url: "mine", suggestions: [1] }],
    ]);
    const scanned = new Map([["found", { filename: "found", path: "/p" }]]);
    await models.bulkReconcile(scanned, { mode: "keep", before: await models.getAll() });
    expect(await models.get("found")).toEqual({
      user_url: "mine",
      suggestions: [1],
      filename: "found",
      path: "/p",
    });
    const report = await models.bulkReconcile(scanned, {
      mode: "force",
      before: await models.getAll(),
    });
    expect(report).toEqual({ inserted: 0, updated: 1, removed: 1, kept: 0 });
    expect([...(await models.getAll())]).toEqual([
      ["absent-mine", { url: "u", user_url: "mine" }],
      ["found", { filename: "found", path: "/p", user_url: "mine" }],
    ]);
  });

  it("B7: merging from two openings at once loses nothing, and every read succeeds", async () => {
    const folder = await makeFolder(kind);
    const [one, other] = [await folder.open(), await folder.open()];
    const reader = await folder.open();
    const names = Array.from({ length: 40 }, (_, index) => `m${index}`);
    const writes = Promise.all(
      names.map((name, index) => (index % 2 === 0 ? one : other).models.merge(name, { url: name })),
    );
    for (let round = 0; round < 30; round++) {
      for (const [key, value] of await reader.models.getAll()) expect(value).toEqual({ url: key });
    }
    await writes;
    expect((await reader.models.keys()).toSorted()).toEqual(names.toSorted());
  });

  it("B15: 25 new models are one write: another opening sees none or all of them", async () => {
    const folder = await makeFolder(kind);
    const [writer, reader] = [await folder.open(), await folder.open()];
    const patches = Array.from({ length: 25 }, (_, index) => [`m${index}`, { url: "u" }] as const);
    const seen = new Set<number>();
    const writing = writer.models.mergeMany(patches);
    while (!seen.has(patches.length)) {
      seen.add(await reader.models.count());
      // A read that finds its answer in memory leaves no turn to the writer.
      await nextTurn();
    }
    await writing;
    expect([...seen].filter((count) => count !== 0)).toEqual([25]);
  });

  it("mergeMany() is all or nothing and merges repeated keys in turn", async () => {
    const { models } = await openFolder(kind);
    const merged = await models.mergeMany([
      ["m", { a: 1 }],
      ["m", { b: 2 }],
    ]);
    expect(merged.get("m")).toEqual({ a: 1, b: 2 });
    await expect(
      models.mergeMany([
        ["n", { a: 1 }],
        ["o", { a: Number.NaN }],
      ]),
    ).rejects.toMatchObject({
      code: "INVALID_VALUE",
    });
    expect(await models.keys()).toEqual(["m"]);
  });

  it("delete() and rename(): the filename follows, a taken key is refused and nothing changes", async () => {
    const { models } = await openFolder(kind);
    await models.mergeMany([
      ["a", { filename: "a", url: "u" }],
      ["b", { filename: "other" }],
    ]);
    expect(await models.rename("a", "c")).toBe(true);
    expect(await models.get("c")).toEqual({ filename: "c", url: "u" });
    expect(await models.rename("none", "d")).toBe(false);
    await expect(models.rename("c", "b")).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
    expect((await models.keys()).toSorted()).toEqual(["b", "c"]);
    expect(await models.delete("b")).toBe(true);
    expect(await models.delete("b")).toBe(false);
  });

  it("finds by hash in either case, by any declared field, by words; counts by kind", async () => {
    const { models } = await openFolder(kind);
    await models.mergeMany([
      [
        "flux_dev.safetensors",
        {
          filename: "flux_dev.safetensors",
          sha256_hash: hash,
          source: "huggingface",
          description: "A caf\u00e9 model",
        },
      ],
      ["b.bin", { filename: "b.bin", source: "civitai", type: "loras", search_score: 7 }],
      ["c.bin", { filename: "c.bin", source: "civitai" }],
    ]);
    expect((await models.getByHash(hash.toLowerCase()))?.key).toBe("flux_dev.safetensors");
    expect(await models.getByHash("00")).toBeUndefined();
    const keys = async (found: ReturnType<typeof models.search>) =>
      (await found).map(({ key }) => key);
    expect(await keys(models.search({ source: "civitai", type: { exists: false } }))).toEqual([
      "c.bin",
    ]);
    expect(await keys(models.search({ search_score: { gt: 6 } }))).toEqual(["b.bin"]);
    expect(await keys(models.searchText("cafe MODEL"))).toEqual(["flux_dev.safetensors"]);
    expect(await keys(models.searchText("saf", { prefix: true }))).toEqual([
      "flux_dev.safetensors",
    ]);
    expect(await models.countBy("source")).toEqual(
      new Map([
        ["civitai", 2],
        ["huggingface", 1],
      ]),
    );
    expect(await models.countBy("type")).toEqual(
      new Map([
        [null, 2],
        ["loras", 1],
      ]),
    );
  });

  it("9.11: a name that is no declared field is refused, whatever it holds", async () => {
    const { models } = await openFolder(kind);
    for (const name of ["nope", "1=1; DROP TABLE model_metadata; --", 'a"b'])
      await expect(models.search({ [name]: "x" })).rejects.toMatchObject({ code: "INVALID_QUERY" });
    expect(await models.search({ source: "x' OR '1'='1" })).toEqual([]);
  });
});
