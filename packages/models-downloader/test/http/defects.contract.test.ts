import { expect, it } from "vitest";
import { describeStores } from "../describe-stores.ts";
import { historyEntry } from "../../src/index.ts";
import { places } from "../folder.ts";
import { extensionMap, historyNames, invented, mapFile, tiny } from "./invented.ts";
import { ok } from "./requests.ts";
import { objectAt, objectIn, openSubject } from "./subject.ts";

const token = "hf_abcdefghijklmnop";
const finished = (filename: string): ReturnType<typeof historyEntry> =>
  historyEntry({ filename, status: "completed", timestamp: "2025-11-29T10:00:00" });

// The numbers are those of the original's known defects.
describeStores(places, "what the original does wrong, with data in %s", (kind) => {
  it("B1: fuzzy-match answers with matches instead of failing", async () => {
    const subject = await openSubject(kind, { lookalike: tiny });
    const [name = ""] = Object.keys(objectAt(await subject.object("/model-metadata"), "metadata"));
    const reply = await subject.post("/fuzzy-match", {
      filename: name.replaceAll("_", "-"),
      threshold: 0.99,
    });
    expect(reply).toMatchObject(ok({ success: true, matches: [{ filename: name }] }));
  });

  it("B2: after a restart neither a download nor a deletion wipes the history", async () => {
    const subject = await openSubject(kind, { lookalike: tiny });
    const before = historyNames(invented("download_history"));
    await subject.restart();
    await subject.use(({ history }) => history.add(finished("new.bin")));
    await subject.restart();
    await subject.post("/delete-history-item", { filename: before[0] ?? "" });
    const { history } = await subject.object("/download-history");
    expect(historyNames(history)).toEqual(["new.bin", ...before.slice(1)]);
  });

  it("B3: settings that are read while others are saved always have the token", async () => {
    const subject = await openSubject(kind);
    await subject.post("/settings", { civitai_api_key: token });
    const saving = Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        subject.post("/settings/parallel", { max_parallel: index }),
      ),
    );
    const shown = await Promise.all(Array.from({ length: 20 }, () => subject.object("/settings")));
    await saving;
    expect(new Set(shown.map((one) => one["civitai_api_key_set"]))).toEqual(new Set([true]));
    const key = await subject.use(({ settings }) => settings.get("civitai_api_key"));
    expect(key).toBe(token);
  });

  it("B4: the masked token, posted back, leaves the token as it is", async () => {
    const subject = await openSubject(kind);
    await subject.post("/settings", { huggingface_token: token, tavily_api_key: "short" });
    const shown = await subject.object("/settings");
    expect(shown).toMatchObject({ huggingface_token: "hf_a***********mnop" });
    expect(await subject.post("/settings", shown)).toMatchObject(ok({ success: true }));
    const kept = await subject.use(({ settings }) => settings.getAll());
    expect(kept.get("huggingface_token")).toBe(token);
    expect(kept.get("tavily_api_key")).toBe("short");
  });

  it("B5: a token in a URL that is saved reaches neither another store nor an answer", async () => {
    const subject = await openSubject(kind);
    await subject.post("/settings", { civitai_api_key: token });
    const url = `https://civitai.com/api/download/models/1?token=${token}&x=1`;
    const replies = [
      await subject.post("/save-model-source", { filename: "a.bin", url }),
      await subject.post("/save-model-url", { filename: "b.bin", url }),
      await subject.get("/model-metadata"),
    ];
    const failed = { ...finished("c.bin"), status: "error", error: `HTTP 500 for ${url}` };
    await subject.use(({ history }) => history.add(failed));
    replies.push(await subject.get("/download-history"));
    for (const reply of replies) {
      expect(reply.status).toBe(200);
      expect(reply.text).not.toContain(token);
    }
    expect(replies[2]?.text).toContain("/models/1?x=1");
  });

  it("B6: models that are saved while a scan runs are all there after it", async () => {
    const files = { [mapFile]: extensionMap };
    const subject = await openSubject(kind, { lookalike: tiny, files });
    const before = await subject.use(({ models }) => models.getAll());
    const names = Array.from({ length: 20 }, (_, index) => `while-scanning-${index}.bin`);
    const scanned = new Map(names.slice(0, 5).map((name) => [name, { filename: name, type: "x" }]));
    await Promise.all([
      subject.use(({ models }) => models.bulkReconcile(scanned, { mode: "force", before })),
      subject.post("/scan-node-metadata", { force: true }),
      ...names.map((filename) => subject.post("/save-model-url", { filename, url: "https://h/x" })),
    ]);
    const after = await subject.use(({ models }) => models.getAll());
    for (const name of names) expect(after.get(name)).toMatchObject({ user_url: "https://h/x" });
  });

  it("B7, B8: many writers at once lose nothing, and readers always see whole records", async () => {
    const subject = await openSubject(kind, { lookalike: tiny });
    const names = Array.from({ length: 30 }, (_, index) => `at-once-${index}.bin`);
    const replies = await Promise.all(
      names.flatMap((filename) => [
        subject.post("/save-model-url", { filename, url: "https://h/x" }),
        subject.post("/track-usage", { models: [{ filename }] }),
        subject
          .use(({ history }) => history.add(finished(filename)))
          .then(() => subject.get("/download-history")),
        subject.get("/model-metadata"),
      ]),
    );
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    const models = objectAt(await subject.object("/model-metadata"), "metadata");
    expect(Object.keys(models)).toEqual(expect.arrayContaining(names));
    const usage = await subject.use((stores) => stores.usage.getAll());
    expect([...usage.keys()]).toEqual(expect.arrayContaining(names));
    const { history } = await subject.object("/download-history");
    expect(historyNames(history)).toEqual(expect.arrayContaining(names));
  });

  it("B9: a download that is repeated keeps the user's URL", async () => {
    const subject = await openSubject(kind);
    await subject.post("/save-model-url", { filename: "a.bin", url: "https://h/chosen" });
    const metadata = { url: "https://h/new", source: "direct" };
    await subject.use((stores) => stores.finishDownload({ entry: finished("a.bin"), metadata }));
    expect(await subject.object("/model-url?filename=a.bin")).toMatchObject({
      url: "https://h/new",
      user_url: "https://h/chosen",
    });
  });

  it("B10: a model downloaded into a folder and saved by its bare name is one record", async () => {
    const subject = await openSubject(kind);
    const metadata = { filename: "sub/b.bin", url: "https://h/b" };
    await subject.use((stores) =>
      stores.finishDownload({ entry: finished("sub/b.bin"), metadata }),
    );
    for (const filename of ["sub/b.bin", "b.bin"])
      await subject.post("/save-model-url", { filename, url: `https://h/${filename}` });
    const { metadata: all } = await subject.object("/model-metadata");
    expect(all).toEqual({
      "sub/b.bin": {
        ...metadata,
        user_url: "https://h/b.bin",
        updated_at: expect.any(String),
      },
    });
  });

  it("B10: models of the same name in two folders do not overwrite one another", async () => {
    const subject = await openSubject(kind);
    for (const name of ["z/b.bin", "y/b.bin"])
      await subject.use((stores) =>
        stores.finishDownload({
          entry: finished(name),
          metadata: { filename: name, url: `https://h/${name}` },
        }),
      );
    await subject.post("/save-model-url", { filename: "y/b.bin", url: "https://h/mine" });
    const { metadata } = await subject.object("/model-metadata");
    expect(metadata).toMatchObject({
      "z/b.bin": { url: "https://h/z/b.bin" },
      "y/b.bin": { url: "https://h/y/b.bin", user_url: "https://h/mine" },
    });
    expect(
      objectAt(objectAt(await subject.object("/model-metadata"), "metadata"), "z/b.bin"),
    ).not.toHaveProperty("user_url");
  });

  it("B11: what the live look-up says of a node is what a scan stores, scan after scan", async () => {
    const subject = await openSubject(kind, { files: { [mapFile]: extensionMap } });
    const live = objectAt(await subject.object("/node-info?node_type=Shared"), "info");
    for (let round = 0; round < 2; round++) {
      await subject.post("/scan-node-metadata");
      const stored = objectAt(await subject.object("/node-info?node_type=Shared"), "info");
      expect({ ...stored, scanned_at: "" }).toEqual({ ...live, scanned_at: "" });
    }
  });

  it("B12: a model whose usage is a bare number is tracked, and so is the rest of the batch", async () => {
    const files = { "usage_cache.json": '{"old.ckpt": 1764000000.5}' };
    const subject = await openSubject(kind, { files });
    const models = [{ filename: "new.bin" }, { filename: "old.ckpt" }];
    expect(await subject.post("/track-usage", { models })).toMatchObject(
      ok({ success: true, tracked: 2 }),
    );
    const all = await subject.use(({ usage }) => usage.getAll());
    expect([...all.keys()]).toEqual(["old.ckpt", "new.bin"]);
    expect(all.get("old.ckpt")).toMatchObject({ workflows: ["current"] });
  });

  it("B13: settings with one bad field change nothing, then or later", async () => {
    const subject = await openSubject(kind);
    await subject.post("/settings", { huggingface_token: token });
    const bad = { huggingface_token: "hf_another-one", civitai_api_key: 5 };
    const reply = await subject.post("/settings", bad);
    expect(reply.status).toBe(500);
    expect(objectIn(reply)["error"]).toContain("civitai_api_key must be text");
    await subject.post("/settings", { max_parallel_downloads: 4 });
    const all = await subject.use(({ settings }) => settings.getAll());
    expect(all.get("huggingface_token")).toBe(token);
    expect(all.get("max_parallel_downloads")).toBe(4);
  });

  it("B13: a batch of usage with one bad model tracks none of it", async () => {
    const subject = await openSubject(kind);
    for (const odd of [5, null, "text", { filename: 5 }]) {
      const reply = await subject.post("/track-usage", { models: [{ filename: "a.bin" }, odd] });
      expect(reply.status).toBe(500);
    }
    expect(await subject.object("/cache-info")).toMatchObject({ tracked_models: 0 });
  });
});
