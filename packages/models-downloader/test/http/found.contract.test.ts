import type { JsonObject } from "@cutover/core";
import { expect, it } from "vitest";
import { describeStores } from "../describe-stores.ts";
import type { FoundUrl, ReadWorkflows, ScannedModels } from "../../src/http/http-services.ts";
import { places } from "../folder.ts";
import { tiny } from "./invented.ts";
import { clock, ok } from "./requests.ts";
import { objectAt, openSubject } from "./subject.ts";

const scanOf = (records: Readonly<Record<string, JsonObject>>): ScannedModels => ({
  records: new Map(Object.entries(records)),
  scanned: 7,
  fromSafetensors: 2,
  fromModelList: 3,
  errors: 1,
});

const failingSearch = (_: string, key: string): Promise<never> =>
  Promise.reject(new Error(`401 for https://api/search?api_key=${key} (${key})`));

const readWorkflows = (directory: string | undefined): Promise<ReadWorkflows | undefined> =>
  Promise.resolve(
    directory === "none"
      ? undefined
      : {
          directory: "/w",
          workflows: [
            { name: "one.json", models: ["a.bin", "b.bin"] },
            { name: "two.json", models: ["a.bin"] },
          ],
          errors: 1,
        },
  );

describeStores(
  places,
  "endpoints that are handed the network or the disk, with data in %s",
  (kind) => {
    it("are not there without it", async () => {
      const subject = await openSubject(kind);
      for (const path of [
        "/search-alternatives",
        "/find-model-url",
        "/scan-model-metadata",
        "/scan-all-workflows",
      ])
        expect((await subject.post(path, {})).status).toBe(404);
    });

    it("search-alternatives: at most ten results are answered and kept under the original name", async () => {
      const asked: string[][] = [];
      const many = Array.from({ length: 12 }, () => ({
        title: null,
        content: "\u{1f600}".repeat(400),
      }));
      const searchTavily = (...args: string[]): Promise<typeof many> => {
        asked.push(args);
        return Promise.resolve(many);
      };
      const subject = await openSubject(kind, {}, { searchTavily, clock });
      const request = { filename: "f.bin", original_filename: "sub/f.bin" };
      expect(await subject.post("/search-alternatives", request)).toMatchObject({
        status: 400,
        json: { success: false },
      });
      await subject.post("/settings", { tavily_api_key: "tvly-abcdefghijkl" });
      const reply = await subject.post("/search-alternatives", request);
      const result = { title: null, url: null, content: "\u{1f600}".repeat(300), score: 0 };
      expect(reply).toMatchObject(
        ok({
          success: true,
          results: Array.from({ length: 10 }, () => result),
          query: "f.bin",
          cached_at: "2025-11-29T10:00:00.000250",
        }),
      );
      expect((await subject.get("/tavily-cache/sub%2Ff.bin")).text).toBe(reply.text);
      expect(asked).toEqual([["f.bin", "tvly-abcdefghijkl"]]);
    });

    it("search-alternatives: what fails is answered 500 without the key", async () => {
      const subject = await openSubject(kind, {}, { searchTavily: failingSearch });
      await subject.post("/settings", { tavily_api_key: "tvly-abcdefghijkl" });
      const reply = await subject.post("/search-alternatives", { filename: "f.bin" });
      expect(reply.status).toBe(500);
      expect(reply.text + subject.log.join()).not.toContain("tvly-abcdefghijkl");
      expect(reply.text).toContain("401");
    });

    it("find-model-url: asks once, stores what was found, and says what was known already", async () => {
      let asked = 0;
      const findModelUrl = (filename: string): Promise<FoundUrl | undefined> => {
        asked += 1;
        const found = { url: "https://h/a", source: "huggingface", details: { hf_repo: "o/r" } };
        return Promise.resolve(filename === "a.bin" ? found : undefined);
      };
      const subject = await openSubject(kind, {}, { findModelUrl, clock });
      const known = { success: true, url: "https://h/a", source: "huggingface" };
      expect(await subject.post("/find-model-url", { filename: "sub/a.bin" })).toMatchObject(
        ok({ ...known, saved: true }),
      );
      expect(await subject.post("/find-model-url", { filename: "a.bin" })).toMatchObject(
        ok({ ...known, already_found: true }),
      );
      expect(await subject.post("/find-model-url", { filename: "b.bin" })).toMatchObject(
        ok({ success: false }),
      );
      expect((await subject.post("/find-model-url", {})).status).toBe(400);
      expect(asked).toBe(2);
      expect(await subject.object("/search-cache/a.bin")).toMatchObject({
        metadata: { filename: "a.bin", hf_repo: "o/r", searched_at: "2025-11-29T10:00:00" },
      });
    });

    it("B6, B17: a forced scan of models keeps what a user wrote, and what was saved while it ran", async () => {
      let meanwhile: (() => Promise<unknown>) | undefined;
      const scanModels = async (): Promise<ScannedModels> => {
        await meanwhile?.();
        return scanOf({ "here.bin": { filename: "here.bin", type: "vae" } });
      };
      const subject = await openSubject(kind, {}, { scanModels });
      const save = (filename: string): Promise<unknown> =>
        subject.post("/save-model-url", { filename, url: "https://h/mine" });
      await save("users.bin");
      await subject.post("/save-model-source", { filename: "stale.bin", url: "https://h/x" });
      meanwhile = () => save("late.bin");
      expect(await subject.post("/scan-model-metadata", { force: true })).toMatchObject(
        ok({
          success: true,
          scanned: 7,
          updated: 1,
          from_safetensors: 2,
          from_model_list: 3,
          errors: 1,
          total: 3,
        }),
      );
      const models = objectAt(await subject.object("/model-metadata"), "metadata");
      expect(Object.keys(models).toSorted()).toEqual(["here.bin", "late.bin", "users.bin"]);
    });

    it("scan-all-workflows: tracks all models of all workflows as one step", async () => {
      const services = { readWorkflows, defaultDirectories: ["/usual"] };
      const subject = await openSubject(kind, { lookalike: tiny }, services);
      const { tracked_models: before } = await subject.object("/cache-info");
      expect(await subject.post("/scan-all-workflows")).toMatchObject(
        ok({
          success: true,
          directory: "/w",
          workflows_scanned: 2,
          workflows_errored: 1,
          models_found: 2,
          total_tracked: Number(before) + 2,
        }),
      );
      const usage = await subject.use((stores) => stores.usage.get("a.bin"));
      expect(usage?.workflows).toEqual(["one.json", "two.json"]);
      expect(await subject.post("/scan-all-workflows", { directory: "none" })).toMatchObject({
        status: 400,
        json: { default_path: "/usual" },
      });
    });
  },
);
