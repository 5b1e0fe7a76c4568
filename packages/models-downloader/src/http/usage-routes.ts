import { isJsonObject, type JsonObject, type JsonValue, StorageError } from "@cutover/core";
import type { UsedModel } from "../repositories/usage-repository.ts";
import { ok, type Answer } from "./answer.ts";
import { requiredText } from "./request-body.ts";
import type { Call, Route } from "./route.ts";

const defaultWorkflow = "current";

function modelsOf({ models = [] }: JsonObject): readonly JsonValue[] {
  if (Array.isArray(models)) return models;
  throw new StorageError("INVALID_VALUE", "`models` must be a list; nothing was changed");
}

function workflowsOf(body: JsonObject): readonly string[] {
  if (body["workflow_name"] === undefined) return [defaultWorkflow];
  const name = requiredText(body, "workflow_name");
  return name === undefined ? [] : [name];
}

/** A model without a name is passed over, though the answer counts it. */
function usedModels(models: readonly JsonValue[], workflows: readonly string[]): UsedModel[] {
  return models.flatMap((model) => {
    if (!isJsonObject(model))
      throw new StorageError("INVALID_VALUE", "a model is no object; nothing was changed");
    const name = requiredText(model, "filename");
    return name === undefined ? [] : [{ name, workflows }];
  });
}

async function trackUsage({ stores, services, body }: Call): Promise<Answer> {
  const request = body();
  const models = modelsOf(request);
  const lastUsed = services.clock() / 1000;
  await stores.usage.trackMany(usedModels(models, workflowsOf(request)), lastUsed);
  return ok({ success: true, tracked: models.length });
}

async function clearUsage({ stores }: Call): Promise<Answer> {
  await stores.usage.clear();
  return ok({ success: true, message: "Usage cache cleared" });
}

async function usageInfo({ stores, services }: Call): Promise<Answer> {
  const tracked = await stores.usage.count();
  const { location, sizeBytes } = await stores.usage.info();
  return ok({
    success: true,
    tracked_models: tracked,
    cache_file: location ?? null,
    cache_size_bytes: sizeBytes,
    default_directories: [...services.defaultDirectories],
  });
}

async function unusedModels({ stores, services }: Call): Promise<Answer> {
  const installed = (await services.listModels?.()) ?? [];
  const used = await stores.usage.getAll();
  // A bare number is the time of last use, and null is no use, as in the original.
  const unused = installed.filter(({ filename }) => (used.get(filename) ?? null) === null);
  const newestFirst = unused.toSorted((one, other) => (other.modified ?? 0) - (one.modified ?? 0));
  const shown = newestFirst.map(({ filename, type, size, modified }) => {
    const file = { filename, type, size, modified };
    return { ...file, last_used: null, is_used: false, workflows: [] };
  });
  return ok({
    success: true,
    total_models: installed.length,
    unused_count: unused.length,
    unused_models: shown,
    tracked_count: used.size,
  });
}

/** Usage; `clear-cache` and `cache-info` are about it alone, whatever their names say. */
export const usageRoutes: readonly Route[] = [
  { method: "POST", path: "/track-usage", answer: trackUsage },
  { method: "POST", path: "/clear-cache", answer: clearUsage },
  { method: "GET", path: "/cache-info", answer: usageInfo },
  { method: "GET", path: "/unused", needs: "listModels", answer: unusedModels },
];
