import { isJsonObject } from "@cutover/core";
import { describe, expect, it } from "vitest";
import { describeStores } from "../describe-stores.ts";
import { httpApp } from "../../src/http/http-app.ts";
import { localServices, type TransferOutcome } from "../../src/http/http-services.ts";
import { listen } from "../../src/server/http-server.ts";
import { LiveStores } from "../../src/server/live-stores.ts";
import { shutDown } from "../../src/server/shut-down.ts";
import { makeFolder, places } from "../folder.ts";
import { openSite, token } from "./download-site.ts";
import { clock } from "./requests.ts";

const civitai = "https://civitai.com/api/download/models/7";

const done: TransferOutcome = { status: "completed", sizeBytes: 2 ** 33 };
const fromUrl = { url: civitai, filename: "sub/a.bin", directory: "loras" };
const entry = {
  id: "direct_sub_a.bin",
  filename: "sub/a.bin",
  status: "completed",
  error: "",
  total_size: 2 ** 33,
  timestamp: "2025-11-29T10:00:00.000250",
  directory: "loras",
};

describeStores(places, "downloads, with data in %s", (kind) => {
  it("are not there without a function that downloads", async () => {
    const folder = await makeFolder(kind);
    const stores = new LiveStores({ folder: folder.path, open: () => folder.open() });
    const app = httpApp({ stores, services: localServices(folder.path) });
    for (const path of ["/download", "/download-url", "/queue-download"]) {
      const init = { method: "POST", body: "{}" };
      expect((await app.request(`/workflow-models${path}`, init)).status).toBe(404);
    }
  });

  it("download: is answered at once, and writes history and metadata together at its end", async () => {
    const site = await openSite(kind);
    const request = { hf_repo: "o/r", hf_path: "x/a.bin", filename: "a.bin", directory: "vae" };
    expect(await site.post("/download", request)).toEqual({
      status: 200,
      json: {
        success: true,
        download_id: "o_r_a.bin",
        message: "Started downloading a.bin",
      },
    });
    const url = "https://huggingface.co/o/r/resolve/main/x/a.bin";
    const { request: asked, end } = site.transfer(0);
    expect(asked).toMatchObject({ url, token: "hf_abcdefghijkl", force: false });
    expect(await site.stores.use(({ history }) => history.count())).toBe(0);
    expect(await site.post("/download", request)).toEqual({
      status: 400,
      json: { error: "Already downloading" },
    });
    end(done);
    await site.settle();
    const stored = await site.stores.use(async ({ history, models }) => [
      await history.getRecent(),
      await models.get("a.bin"),
    ]);
    expect(stored).toEqual([
      [{ ...entry, id: "o_r_a.bin", filename: "a.bin", directory: "vae" }],
      {
        filename: "a.bin",
        url,
        source: "huggingface",
        hf_repo: "o/r",
        hf_path: "x/a.bin",
        type: "vae",
        url_source: "download",
        downloaded_at: "2025-11-29T10:00:00",
      },
    ]);
    expect(site.log).toEqual([]);
    await site.stores.close();
  });

  it("download-url: B5, B9, B10: no token is stored, and the user's URL stays in the one record", async () => {
    const site = await openSite(kind);
    await site.post("/save-model-url", { filename: "a.bin", url: "https://h/mine" });
    const url = `${civitai}?token=${token}&x=1`;
    await site.post("/download-url", { ...fromUrl, url });
    expect(site.transfer(0).request.token).toBe(token);
    site.transfer(0).end(done);
    await site.settle();
    const [models, history] = await site.stores.use(async (stores) => [
      await stores.models.getAll(),
      await stores.history.getRecent(),
    ]);
    expect(history).toEqual([entry]);
    expect([...(models?.values() ?? [])]).toEqual([
      expect.objectContaining({ user_url: "https://h/mine", url: `${civitai}?x=1` }),
    ]);
    await site.stores.close();
  });

  it("B5: a failure is one entry of the history without the token, and changes no metadata", async () => {
    const site = await openSite(kind);
    await site.post("/download-url", fromUrl);
    await site.post("/download-url", { ...fromUrl, filename: "b.bin" });
    await site.post("/download-url", { ...fromUrl, filename: "c.bin" });
    await site.post("/download-url", { ...fromUrl, filename: "d.bin" });
    site.transfer(0).fail(new Error(`500 for ${civitai}?token=${token} (${token})`));
    site.transfer(1).end({ status: "error", error: `no, ${token}` });
    site.transfer(2).end({ status: "error", error: null });
    site.transfer(3).end({ status: "cancelled" });
    await site.settle();
    const entries = await site.stores.use(({ history }) => history.getRecent());
    expect(JSON.stringify(entries)).not.toContain(token);
    const errors = entries.map((one) => (isJsonObject(one) ? [one["filename"], one["error"]] : []));
    expect(Object.fromEntries(errors)).toEqual({
      "sub/a.bin": `500 for ${civitai} (***)`,
      "b.bin": "no, ***",
      "c.bin": null,
    });
    expect(await site.stores.use(({ models }) => models.count())).toBe(0);
    expect(site.log.join()).not.toContain(token);
    await site.stores.close();
  });

  it("B16: a store that fails makes no error of a finished download, and is reported apart", async () => {
    const site = await openSite(kind, { "model_metadata.json": '{"sub/a.bin": 5}' });
    await site.post("/download-url", fromUrl);
    site.transfer(0).end(done);
    await site.settle();
    expect(site.log).toEqual([
      expect.stringMatching(
        /^a download's end \(completed\) was not noted: CORRUPT_DATA: .*sub\/a/,
      ),
    ]);
    // Both or neither: the entry is not there without the metadata.
    expect(await site.stores.use(({ history }) => history.getRecent())).toEqual([]);
    await site.stores.close();
  });

  it("what lacks a member, or is no good URN, is refused and nothing is started", async () => {
    const site = await openSite(kind);
    for (const [path, body, error] of [
      ["/download", { hf_repo: "o/r", filename: "a" }, "Missing required fields"],
      ["/download-url", { url: civitai }, "Missing required fields (url, filename, directory)"],
      ["/queue-download", { ...fromUrl, directory: "" }, "Missing required fields"],
      ["/download-url", { ...fromUrl, url: "urn:air:x" }, "Invalid CivitAI URN format"],
      ["/queue-download", { ...fromUrl, url: "urn:air:x" }, "Invalid CivitAI URN format"],
    ] as const)
      expect(await site.post(path, body)).toEqual({ status: 400, json: { error } });
    expect(site.transfers).toEqual([]);
    await site.stores.close();
  });

  it("queue-download: at most as many as the settings say run at once; each is noted", async () => {
    const site = await openSite(kind);
    await site.post("/settings", { max_parallel_downloads: 2 });
    const urn = "urn:air:sdxl:lora:civitai:1@7";
    const id = `queued_sub_a.bin_${Math.floor(clock())}`;
    expect(await site.post("/queue-download", { ...fromUrl, url: urn })).toEqual({
      status: 200,
      json: {
        success: true,
        download_id: id,
        queued: true,
        message: "Added sub/a.bin to download queue",
      },
    });
    for (const filename of ["b.bin", "c.bin"])
      await site.post("/queue-download", { ...fromUrl, filename });
    expect(site.transfers.map(({ request }) => request.filename)).toEqual(["sub/a.bin", "b.bin"]);
    site.transfer(0).end({ ...done, directory: "/m/loras/sub" });
    await expect.poll(() => site.transfers.length).toBe(3);
    site.transfer(1).fail(new Error("gone"));
    site.transfer(2).end(done);
    await site.settle();
    const stored = await site.stores.use(async ({ history, models }) => [
      await history.getByFilename("sub/a.bin"),
      (await history.getByFilename("b.bin"))?.["error"],
      await models.get("sub/a.bin"),
      await models.count(),
    ]);
    expect(stored).toEqual([
      { ...entry, id, directory: "/m/loras/sub" },
      "gone",
      {
        filename: "sub/a.bin",
        url: civitai,
        source: "civitai",
        from_download: true,
        cached_at: "2025-11-29T10:00:00.000250",
      },
      2,
    ]);
    await site.stores.close();
  });

  it("queue-download: what still waits its turn when the server ends is never started", async () => {
    const site = await openSite(kind);
    await site.post("/settings", { max_parallel_downloads: 1 });
    for (const filename of ["a.bin", "b.bin"])
      await site.post("/queue-download", { ...fromUrl, filename });
    site.transfer(0).end(done);
    await site.settle();
    expect(site.transfers.length).toBe(1);
    expect(await site.stores.use(({ history }) => history.count())).toBe(1);
    expect((await site.post("/queue-download", fromUrl)).status).toBe(500);
    await site.stores.close();
  });

  it("a server that ends waits for a download and notes it, then closes the stores", async () => {
    const site = await openSite(kind);
    const server = await listen(site.app, 0);
    const init = { method: "POST", body: JSON.stringify(fromUrl) };
    await fetch(`${server.url}/workflow-models/download-url`, init);
    const ended = shutDown({ server, downloads: site.downloads, stores: site.stores }, 60_000);
    site.transfer(0).end(done);
    await ended;
    expect(await (await site.folder.open()).history.getRecent()).toEqual([entry]);
    await expect(site.stores.use(() => Promise.resolve())).rejects.toMatchObject({
      code: "BACKEND_CLOSED",
    });
  });

  it("a server that ends does not wait beyond its limit: the download is aborted, and leaves no trace", async () => {
    const site = await openSite(kind);
    await site.post("/download-url", fromUrl);
    const server = await listen(site.app, 0);
    const { request, fail } = site.transfer(0);
    request.signal.addEventListener("abort", () => fail(new Error("aborted")));
    await shutDown({ server, downloads: site.downloads, stores: site.stores }, 0);
    expect(request.signal.aborted).toBe(true);
    await site.settle();
    expect(await (await site.folder.open()).history.getRecent()).toEqual([]);
    expect(site.log).toEqual([]);
  });
});

describe("a folder that is migrated while a download runs", () => {
  it("notes its end in the store that is in charge by then", async () => {
    const site = await openSite("json");
    await site.post("/download-url", fromUrl);
    expect((await site.folder.migrate()).outcome).toBe("migrated");
    site.transfer(0).end(done);
    await site.settle();
    const found = await site.stores.use(async ({ storage, history }) => [
      storage.kind,
      await history.getRecent(),
    ]);
    expect(found).toEqual(["sqlite", [entry]]);
    await site.stores.close();
  });
});
