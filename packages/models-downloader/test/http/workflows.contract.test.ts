import type { JsonValue } from "@cutover/core";
import { describe, expect, it } from "vitest";
import { describeStores } from "../describe-stores.ts";
import type { KnownModel, WorkflowFile, WorkflowModel } from "../../src/http/http-services.ts";
import { places } from "../folder.ts";
import { countRewrites } from "./count-rewrites.ts";
import { clock, ok } from "./requests.ts";
import { objectAt, openSubject } from "./subject.ts";

const model = (filename: string, members: Partial<WorkflowModel> = {}): WorkflowModel => ({
  filename,
  type: "LoRA",
  directory: "loras",
  fullPath: `/m/loras/${filename}`,
  exists: false,
  localSize: "",
  nodeType: "LoraLoader",
  url: "",
  alternatives: [],
  ...members,
});

const scanning =
  (...models: WorkflowModel[]) =>
  (): Promise<readonly WorkflowModel[]> =>
    Promise.resolve(models);

const workflow = { nodes: [] as JsonValue[], version: 1 };
const fromList = { url: "https://huggingface.co/o/r/resolve/main/a.bin", urlSource: "model_list" };

const readWorkflowFile = (path: string): Promise<WorkflowFile | undefined> => {
  const content = path === "/w/bad.json" ? undefined : workflow;
  const name = path.slice(3);
  return Promise.resolve(path === "/none" ? undefined : { name, workflow: content });
};

const unusedFile = (filename: string, modified: number | null): object => ({
  filename,
  type: "loras",
  size: null,
  modified,
  last_used: null,
  is_used: false,
  workflows: [],
});

describeStores(places, "endpoints about workflows and files, with data in %s", (kind) => {
  it("are not there without their services", async () => {
    const subject = await openSubject(kind, {}, { readWorkflowFile });
    expect((await subject.get("/unused")).status).toBe(404);
    expect((await subject.post("/scan", { workflow })).status).toBe(404);
    expect((await subject.post("/parse-workflow", { path: "/w/a.json" })).status).toBe(404);
  });

  it("unused: lists files that no workflow used, newest first, and takes bare numbers for use", async () => {
    const usage = {
      "old.bin": 1764000000,
      "b.bin": { last_used: 1, workflows: [] },
      "n.bin": null,
    };
    const files = { "usage_cache.json": JSON.stringify(usage) };
    const installed = [
      { filename: "old.bin", type: "loras", size: "1.0 MB", modified: 9 },
      { filename: "b.bin", type: "vae", size: null, modified: 8 },
      { filename: "sub/b.bin", type: "loras", size: null, modified: null },
      { filename: "n.bin", type: "loras", size: null, modified: 1 },
      { filename: "c.bin", type: "loras", size: null, modified: 3 },
    ];
    const listModels = (): Promise<typeof installed> => Promise.resolve(installed);
    const subject = await openSubject(kind, { files }, { listModels });
    expect(await subject.get("/unused")).toMatchObject(
      ok({
        success: true,
        total_models: 5,
        unused_count: 3,
        unused_models: [
          unusedFile("c.bin", 3),
          unusedFile("n.bin", 1),
          unusedFile("sub/b.bin", null),
        ],
        tracked_count: 3,
      }),
    );
  });

  it("scan: answers all members, stores the URLs that are new, and hands out what is known", async () => {
    let asked: unknown;
    const scanWorkflow = async (
      given: JsonValue,
      known: KnownModel,
    ): Promise<readonly WorkflowModel[]> => {
      asked = [given, (await known("sub/known.bin"))?.["url"]];
      return [
        model("a.bin", { ...fromList, hfRepo: "o/r", hfPath: "a.bin" }),
        model("sub/known.bin", { url: "https://h/other", exists: true, localSize: "1.0 MB" }),
        model("c.bin", { url: "https://civitai.com/api/download/models/1" }),
        model("nowhere.bin"),
      ];
    };
    const subject = await openSubject(kind, {}, { scanWorkflow, clock });
    await subject.post("/save-model-source", { filename: "known.bin", url: "https://h/first" });
    const reply = await subject.post("/scan", { workflow: JSON.stringify(workflow) });
    expect(asked).toEqual([workflow, "https://h/first"]);
    expect(reply).toMatchObject({
      status: 200,
      json: {
        success: true,
        summary: { total: 4, existing: 1, missing: 3, hf_downloadable: 1 },
        models: [
          {
            filename: "a.bin",
            type: "LoRA",
            directory: "loras",
            full_path: "/m/loras/a.bin",
            exists: false,
            local_size: "",
            source: "HuggingFace",
            url: fromList.url,
            hf_repo: "o/r",
            hf_path: "a.bin",
            node_type: "LoraLoader",
            url_source: "model_list",
            search_metadata: null,
            alternatives: [],
          },
          { source: "Unknown", search_metadata: { url: "https://h/first" } },
          { source: "CivitAI", url_source: "workflow" },
          { source: "Unknown", url: "", url_source: null },
        ],
      },
    });
    const stored = objectAt(await subject.object("/model-metadata"), "metadata");
    expect(stored).toMatchObject({
      "known.bin": { url: "https://h/first" },
      "a.bin": {
        url: fromList.url,
        source: "model_list",
        hf_repo: "o/r",
        model_type: "LoRA",
        directory: "loras",
        filename: "a.bin",
        cached_at: "2025-11-29T10:00:00.000250",
      },
      "c.bin": { source: "workflow" },
    });
    expect(Object.keys(stored).toSorted()).toEqual(["a.bin", "c.bin", "known.bin"]);
  });

  it("scan: what lacks a workflow is refused, and what is none changes nothing", async () => {
    const subject = await openSubject(kind, {}, { scanWorkflow: scanning(model("a", fromList)) });
    for (const body of [{}, { workflow: {} }, { workflow: "" }])
      expect(await subject.post("/scan", body)).toMatchObject({
        status: 400,
        json: { error: "No workflow provided" },
      });
    expect((await subject.post("/scan", { workflow: "{" })).status).toBe(500);
    expect(await subject.object("/model-metadata")).toMatchObject({ count: 0 });
  });

  it("parse-workflow: as scan, with the node's class and the file's name", async () => {
    const scanWorkflow = scanning(model("a.bin", fromList));
    const subject = await openSubject(kind, {}, { scanWorkflow, readWorkflowFile });
    expect(await subject.post("/parse-workflow", { path: "/w/one.json" })).toMatchObject({
      status: 200,
      json: {
        success: true,
        models: [{ filename: "a.bin", node_type: "LoraLoader", node_class: "LoraLoader" }],
        workflow_name: "one.json",
      },
    });
    expect(await subject.object("/model-metadata")).toMatchObject({ count: 1 });
    for (const [body, error] of [
      [{}, "Invalid workflow path"],
      [{ path: "/none" }, "Invalid workflow path"],
      [{ path: "/w/bad.json" }, "Invalid JSON in workflow file"],
    ] as const)
      expect(await subject.post("/parse-workflow", body)).toMatchObject({
        status: 400,
        json: { error },
      });
  });

  it("B5: a token in a URL of a workflow is neither stored nor answered", async () => {
    const url = "https://civitai.com/api/download/models/1?token=civit_abcdefgh&x=1";
    const subject = await openSubject(
      kind,
      {},
      { scanWorkflow: scanning(model("a.bin", { url })) },
    );
    await subject.post("/settings", { civitai_api_key: "civit_abcdefgh" });
    const replies = [
      await subject.post("/scan", { workflow }),
      await subject.get("/model-metadata"),
    ];
    for (const { status, text } of replies) {
      expect(status).toBe(200);
      expect(text).toContain("/models/1?x=1");
      expect(text).not.toContain("civit_abcdefgh");
    }
  });

  it("B6: a URL that is saved while a workflow is scanned stays", async () => {
    let meanwhile: (() => Promise<unknown>) | undefined;
    const scanWorkflow = async (): Promise<readonly WorkflowModel[]> => {
      await meanwhile?.();
      return [model("a.bin", fromList)];
    };
    const subject = await openSubject(kind, {}, { scanWorkflow });
    const mine = { filename: "a.bin", url: "https://h/mine" };
    meanwhile = () => subject.post("/save-model-source", mine);
    expect((await subject.post("/scan", { workflow })).status).toBe(200);
    expect(await subject.object("/model-url?filename=a.bin")).toMatchObject({
      url: "https://h/mine",
    });
  });

  it("B10: a model that a workflow names twice is one record, of the first URL", async () => {
    const urls = ["https://h/first", "https://h/second"];
    const models = urls.map((url) => model("sub/b.bin", { url }));
    const subject = await openSubject(kind, {}, { scanWorkflow: scanning(...models) });
    await subject.post("/scan", { workflow });
    const stored = objectAt(await subject.object("/model-metadata"), "metadata");
    expect(stored).toEqual({ "b.bin": expect.objectContaining({ url: "https://h/first" }) });
  });

  it("B10: models of one name in two folders keep their own URLs after one scan", async () => {
    const names = ["x/b.bin", "y/b.bin"];
    const models = names.map((name) => model(name, { url: `https://h/${name}` }));
    const subject = await openSubject(kind, {}, { scanWorkflow: scanning(...models) });
    for (const _ of ["first", "again"]) {
      await subject.post("/scan", { workflow });
      for (const name of names)
        expect(await subject.object(`/model-url?filename=${name}`)).toMatchObject({
          url: `https://h/${name}`,
        });
      expect(await subject.object("/model-metadata")).toMatchObject({ count: 2 });
    }
  });
});

/** How often one scan that finds so many new URLs rewrites the file. */
async function rewritesOfScan(size: number): Promise<number> {
  const models = Array.from({ length: size }, (_, index) => model(`${index}.bin`, fromList));
  const files = { "model_metadata.json": "{}" };
  const subject = await openSubject("json", { files }, { scanWorkflow: scanning(...models) });
  const scan = (): Promise<unknown> => subject.post("/scan", { workflow });
  const rewrites = await countRewrites(subject.folder.path, "model_metadata.json", scan);
  expect(await subject.object("/model-metadata")).toMatchObject({ count: size });
  return rewrites;
}

describe("a scan of a workflow, with data in files", () => {
  it("B15: rewrites the file once, however many URLs are new", async () => {
    const one = await rewritesOfScan(1);
    expect(one).toBeGreaterThan(0);
    expect(await rewritesOfScan(25)).toBe(one);
  });
});
