import { type JsonObject, type JsonValue, StorageError } from "@cutover/core";
import { baseName } from "../names/model-name.ts";
import { redactionOf } from "../secrets/redaction.ts";
import { ok, refused, type Answer } from "./answer.ts";
import type { WorkflowModel } from "./http-services.ts";
import { localMicroseconds } from "./local-time.ts";
import { isFalsy, requiredText } from "./request-body.ts";
import type { Call, Route } from "./route.ts";
import { saveModelInside } from "./save-model.ts";
import { urlOrigin } from "./url-origin.ts";

/** A model of a workflow, with what was stored of it when the workflow was read. */
interface SeenModel {
  readonly model: WorkflowModel;
  readonly known: JsonObject | undefined;
}

function urlSource({ url, urlSource: told = "" }: WorkflowModel): string | null {
  if (told !== "") return told;
  return url === "" ? null : "workflow";
}

function shownSource(model: WorkflowModel): string {
  if ((model.hfRepo ?? "") !== "") return "HuggingFace";
  if (urlOrigin(model.url).source === "civitai") return "CivitAI";
  return (model.urlSource ?? "") === "" ? "Unknown" : (model.urlSource ?? "");
}

function shownModel({ model, known }: SeenModel): JsonObject {
  return {
    filename: model.filename,
    type: model.type,
    directory: model.directory,
    full_path: model.fullPath,
    exists: model.exists,
    local_size: model.localSize,
    source: shownSource(model),
    url: model.url,
    hf_repo: model.hfRepo ?? "",
    hf_path: model.hfPath ?? "",
    node_type: model.nodeType,
    url_source: urlSource(model),
    search_metadata: known ?? null,
    alternatives: [...model.alternatives],
  };
}

/** Saves the URLs of models that nothing was known of, all as one step. */
async function saveUrls({ stores, services }: Call, seen: readonly SeenModel[]): Promise<void> {
  const found = seen.filter(({ model, known }) => known === undefined && model.url !== "");
  if (found.length === 0) return;
  const cachedAt = localMicroseconds(services.clock());
  const names = new Set(found.map(({ model }) => model.filename));
  const bases = Array.from(names, (name) => baseName(name));
  const isAlone = (name: string): boolean =>
    bases.indexOf(baseName(name)) === bases.lastIndexOf(baseName(name));
  await stores.atomically(async (inside) => {
    for (const { model } of found) {
      const name = model.filename;
      const patch = (filename: string): JsonObject => ({
        url: model.url,
        source: urlSource(model),
        hf_repo: model.hfRepo ?? "",
        hf_path: model.hfPath ?? "",
        model_type: model.type,
        directory: model.directory,
        filename,
        cached_at: cachedAt,
      });
      // Somebody may have saved it since it was looked for, or the workflow names it twice.
      if ((await inside.models.getByKeyOrBasename(name)) !== undefined) continue;
      // Models of one name in two folders must not end up in one record.
      if (isAlone(name)) await saveModelInside(inside, name, { patch, setsUserUrl: false });
      else await inside.models.merge(name, patch(name));
    }
  });
}

async function modelsIn(call: Call, workflow: JsonValue): Promise<JsonObject[]> {
  const { stores, services } = call;
  const known = (name: string): Promise<JsonObject | undefined> =>
    stores.models.getByKeyOrBasename(name);
  const models = (await services.scanWorkflow?.(workflow, known)) ?? [];
  const seen: SeenModel[] = [];
  for (const model of models) seen.push({ model, known: await known(model.filename) });
  await saveUrls(call, seen);
  const redact = redactionOf(await stores.appSettings.secrets());
  return seen.map((one) => redact(shownModel(one)));
}

/** A workflow may come as an object or as its text. */
function workflowOf(value: JsonValue): JsonValue {
  if (typeof value !== "string") return value;
  try {
    const workflow: JsonValue = JSON.parse(value);
    return workflow;
  } catch {
    throw new StorageError("INVALID_VALUE", "`workflow` is not JSON; nothing was changed");
  }
}

async function scan(call: Call): Promise<Answer> {
  const { workflow } = call.body();
  if (workflow === undefined || isFalsy(workflow))
    return refused({ error: "No workflow provided" });
  const models = await modelsIn(call, workflowOf(workflow));
  const missing = models.filter(({ exists }) => exists === false);
  return ok({
    success: true,
    models,
    summary: {
      total: models.length,
      existing: models.length - missing.length,
      missing: missing.length,
      hf_downloadable: missing.filter(({ source }) => source === "HuggingFace").length,
    },
  });
}

async function parseWorkflow(call: Call): Promise<Answer> {
  const path = requiredText(call.body(), "path");
  const file = path === undefined ? undefined : await call.services.readWorkflowFile?.(path);
  if (file === undefined) return refused({ error: "Invalid workflow path" });
  if (file.workflow === undefined) return refused({ error: "Invalid JSON in workflow file" });
  const models = await modelsIn(call, file.workflow);
  const shown = models.map((model) => ({ ...model, node_class: model["node_type"] ?? "" }));
  return ok({ success: true, models: shown, workflow_name: file.name });
}

/** Models that a workflow names; what is found of them is stored. */
export const workflowRoutes: readonly Route[] = [
  { method: "POST", path: "/scan", needs: "scanWorkflow", answer: scan },
  {
    method: "POST",
    path: "/parse-workflow",
    needs: ["scanWorkflow", "readWorkflowFile"],
    answer: parseWorkflow,
  },
];
