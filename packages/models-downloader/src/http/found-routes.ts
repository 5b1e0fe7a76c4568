import type { JsonObject } from "@cutover/core";
import { baseName } from "../names/model-name.ts";
import type { UsedModel } from "../repositories/usage-repository.ts";
import { ok, refused, type Answer } from "./answer.ts";
import type { ReadWorkflows, TavilyResult } from "./http-services.ts";
import { localMicroseconds, localSeconds } from "./local-time.ts";
import { isFalsy, requiredText } from "./request-body.ts";
import type { Call, Route } from "./route.ts";
import { saveModel } from "./save-model.ts";

const mostResults = 10;
const longestContent = 300;

function shownResult({ title, url, content, score }: TavilyResult): JsonObject {
  // Cut by code points, as Python does: half a character would not survive being stored.
  const text = Array.from(content ?? "").slice(0, longestContent);
  return { title: title ?? null, url: url ?? null, content: text.join(""), score: score ?? 0 };
}

async function searchAlternatives({ stores, services, body }: Call): Promise<Answer> {
  const request = body();
  const filename = requiredText(request, "filename");
  if (filename === undefined) return refused({ success: false, error: "Missing filename" });
  const apiKey = await stores.appSettings.token("tavily_api_key");
  if (apiKey === "" || services.searchTavily === undefined)
    return refused({ success: false, error: "Tavily API key not configured" });
  const results = await services.searchTavily(filename, apiKey);
  const record = {
    success: true,
    results: results.slice(0, mostResults).map((result) => shownResult(result)),
    query: filename,
    cached_at: localMicroseconds(services.clock()),
  };
  const key = requiredText(request, "original_filename") ?? filename;
  await stores.searchCache.set("tavily", key, { record });
  return ok(record);
}

async function findModelUrl({ stores, services, body }: Call): Promise<Answer> {
  const filename = requiredText(body(), "filename");
  if (filename === undefined) return refused({ error: "Filename required" });
  const known = await stores.models.getByKeyOrBasename(filename);
  const { url = null, source = null } = known ?? {};
  if (!isFalsy(url)) return ok({ success: true, url, source, already_found: true });
  const found = await services.findModelUrl?.(baseName(filename));
  if (found === undefined) return ok({ success: false, message: "No URL found" });
  const patch = (name: string): JsonObject => ({
    filename: name,
    url: found.url,
    source: found.source,
    ...found.details,
    searched_at: localSeconds(services.clock()),
  });
  await saveModel(stores, filename, { patch, setsUserUrl: false });
  return ok({ success: true, url: found.url, source: found.source, saved: true });
}

async function scanModels({ stores, services, optionalBody }: Call): Promise<Answer> {
  const mode = isFalsy(optionalBody()["force"]) ? "keep" : "force";
  const before = await stores.models.getAll();
  const scan = await services.scanModels?.(before);
  if (scan === undefined) return refused({ error: "No models to scan" });
  const report = await stores.models.bulkReconcile(scan.records, { mode, before });
  return ok({
    success: true,
    scanned: scan.scanned,
    updated: report.inserted + report.updated,
    from_safetensors: scan.fromSafetensors,
    from_model_list: scan.fromModelList,
    errors: scan.errors,
    total: await stores.models.count(),
  });
}

/** Every model with the workflows that name it, in the order in which they are first named. */
function modelsUsed({ workflows }: ReadWorkflows): UsedModel[] {
  const used = new Map<string, string[]>();
  for (const { name, models } of workflows)
    for (const model of models) used.set(model, [...(used.get(model) ?? []), name]);
  return Array.from(used, ([name, names]) => ({ name, workflows: names }));
}

async function scanWorkflows({ stores, services, optionalBody }: Call): Promise<Answer> {
  const found = await services.readWorkflows?.(requiredText(optionalBody(), "directory"));
  if (found === undefined) {
    const [usual = ""] = services.defaultDirectories;
    return refused({ error: "Directory not found", default_path: usual });
  }
  const used = modelsUsed(found);
  await stores.usage.trackMany(used, services.clock() / 1000);
  return ok({
    success: true,
    directory: found.directory,
    workflows_scanned: found.workflows.length,
    workflows_errored: found.errors,
    models_found: used.length,
    total_tracked: await stores.usage.count(),
  });
}

/** Endpoints that store what the network or ComfyUI's folders tell; they come with their services. */
export const foundRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/search-alternatives",
    needs: "searchTavily",
    failsWith: { success: false },
    answer: searchAlternatives,
  },
  { method: "POST", path: "/find-model-url", needs: "findModelUrl", answer: findModelUrl },
  { method: "POST", path: "/scan-model-metadata", needs: "scanModels", answer: scanModels },
  { method: "POST", path: "/scan-all-workflows", needs: "readWorkflows", answer: scanWorkflows },
];
