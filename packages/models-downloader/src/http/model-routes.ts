import { type JsonObject, type JsonValue, keyProblem } from "@cutover/core";
import { objectText } from "../records/stored-object.ts";
import { redactionOf } from "../secrets/redaction.ts";
import { ok, okText, refused, type Answer } from "./answer.ts";
import { localMicroseconds, localSeconds } from "./local-time.ts";
import { isFalsy, requiredText } from "./request-body.ts";
import type { Call, Route } from "./route.ts";
import { saveModel } from "./save-model.ts";
import { urlOrigin } from "./url-origin.ts";

async function allModels({ stores }: Call): Promise<Answer> {
  const models = await stores.models.getAll();
  return okText(`{"success":true,"metadata":${objectText(models)},"count":${models.size}}`);
}

const nothingKnown = {
  url: null,
  user_url: null,
  source: null,
  model_name: null,
  base_model: null,
  found_in_metadata: false,
};

/** The first of these members that says anything, else what the last one says. */
function either(record: JsonObject, first: string, second: string): JsonValue {
  const value = record[first];
  return isFalsy(value) ? (record[second] ?? null) : (value ?? null);
}

function knownUrl(filename: string, record: JsonObject): JsonObject {
  const member = (name: string): JsonValue => record[name] ?? null;
  return {
    filename,
    url: member("url"),
    user_url: member("user_url"),
    source: either(record, "url_source", "source"),
    model_name: member("model_name"),
    base_model: member("base_model"),
    hf_repo: member("hf_repo"),
    civitai_model_id: member("civitai_model_id"),
    description: member("description"),
    model_type: either(record, "model_type", "type"),
    directory: member("directory"),
    note: member("note"),
    found_in_metadata: true,
    metadata_source: "runtime_cache",
  };
}

async function modelUrl({ stores, query }: Call): Promise<Answer> {
  const filename = query("filename");
  if (filename === "") return refused({ error: "Filename required" });
  const record =
    keyProblem(filename) === undefined ? await stores.models.find(filename) : undefined;
  if (record !== undefined) return ok(knownUrl(filename, record));
  return ok({ filename, ...nothingKnown, metadata_count: await stores.models.count() });
}

async function saveModelUrl({ stores, services, body }: Call): Promise<Answer> {
  const request = body();
  const filename = requiredText(request, "filename");
  const url = requiredText(request, "url");
  if (filename === undefined) return refused({ error: "Filename required" });
  if (url === undefined) return refused({ error: "URL required" });
  const { source, details } = urlOrigin(url);
  // The path inside the repository belongs to `url`, which stays what it is.
  const { hf_path: _, ...origin } = details;
  const patch = (name: string): JsonObject => ({
    filename: name,
    user_url: url,
    updated_at: localSeconds(services.clock()),
    ...(source === undefined ? {} : { source }),
    ...origin,
  });
  await saveModel(stores, filename, { patch, setsUserUrl: true });
  return ok({ success: true });
}

/** A text member with its default where the request has none; what is empty stays empty. */
function textOr(request: JsonObject, member: string, fallback: string): string {
  return request[member] === undefined ? fallback : (requiredText(request, member) ?? "");
}

async function saveModelSource({ stores, services, body }: Call): Promise<Answer> {
  const request = body();
  const filename = requiredText(request, "filename");
  const url = requiredText(request, "url");
  if (filename === undefined || url === undefined)
    return refused({ success: false, error: "Missing filename or url" });
  const { source, details } = urlOrigin(url);
  const cachedAt = localMicroseconds(services.clock());
  const patch = (name: string): JsonObject => ({
    url,
    source: "manual",
    model_type: textOr(request, "model_type", "unknown"),
    directory: textOr(request, "directory", ""),
    filename: name,
    ...(source === "civitai" ? { civitai_url: url } : {}),
    ...details,
    cached_at: cachedAt,
  });
  await saveModel(stores, filename, { patch, setsUserUrl: false });
  // The answer is what was asked for, not what is stored; a token in a URL comes back in neither.
  const redact = redactionOf(await stores.appSettings.secrets());
  return ok({ success: true, metadata: redact(patch(filename)) });
}

/** Models and where they come from. */
export const modelRoutes: readonly Route[] = [
  { method: "GET", path: "/model-metadata", answer: allModels },
  { method: "GET", path: "/model-url", answer: modelUrl },
  { method: "POST", path: "/save-model-url", answer: saveModelUrl },
  { method: "POST", path: "/save-model-source", answer: saveModelSource },
];
