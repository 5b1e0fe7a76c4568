import { isJsonObject, type JsonObject, StorageError } from "@cutover/core";
import { textMember } from "../records/stored-object.ts";
import { redactionOf } from "../secrets/redaction.ts";
import { ok, refused, type Answer } from "./answer.ts";
import { downloadUrl } from "./civitai-urn.ts";
import { hostToken } from "./host-token.ts";
import type { AdvancedResult, TavilyResult } from "./http-services.ts";
import { localMicroseconds } from "./local-time.ts";
import { isFalsy, requiredText } from "./request-body.ts";
import type { Call, Route } from "./route.ts";
import { saveModel } from "./save-model.ts";
import { leastScore, sourceScore } from "./source-score.ts";
import { urlOrigin } from "./url-origin.ts";

const mostSuggestions = 5;
const longestSnippet = 200;

async function analyzeUrl({ stores, services, body }: Call): Promise<Answer> {
  const asked = requiredText(body(), "url")?.trim() ?? "";
  if (asked === "") return refused({ error: "Missing URL" });
  const url = downloadUrl(asked) ?? asked;
  const found = await services.analyzeUrl?.(url, await hostToken(stores, url));
  if (found === undefined) return refused({ error: "Missing URL" });
  const redact = redactionOf(await stores.appSettings.secrets());
  return ok(
    redact({
      success: true,
      url: found.url ?? url,
      filename: found.filename,
      model_type: found.modelType,
      suggested_directory: found.suggestedDirectory,
      size: found.size,
      source: found.source,
    }),
  );
}

/** Saves a patch, and hands it out as the original answers it, without any token. */
async function savedPatch(
  { stores, services }: Call,
  name: string,
  members: JsonObject,
): Promise<JsonObject> {
  const cachedAt = localMicroseconds(services.clock());
  const patch = (filename: string): JsonObject => ({ ...members, filename, cached_at: cachedAt });
  await saveModel(stores, name, { patch, setsUserUrl: false });
  const redact = redactionOf(await stores.appSettings.secrets());
  return redact(patch(name));
}

const shownMembers = ["url", "source", "hf_repo", "hf_path", "model_name", "civitai_url"] as const;

function shown(record: JsonObject, defaults: JsonObject): JsonObject {
  const members = shownMembers.map((name) => [name, record[name] ?? defaults[name] ?? ""] as const);
  return { success: true, ...Object.fromEntries(members) };
}

function suggestion({ title, url, content }: TavilyResult): JsonObject {
  const snippet = Array.from(content ?? "").slice(0, longestSnippet);
  return { title: title ?? null, url: url ?? null, snippet: snippet.join("") };
}

async function suggested(
  call: Call,
  name: string,
  results: readonly TavilyResult[],
): Promise<Answer> {
  if (results.length === 0) return ok({ success: false, message: noResults });
  const suggestions = results.slice(0, mostSuggestions).map((result) => suggestion(result));
  const members = { suggestions, search_method: "tavily_suggestions" };
  const { suggestions: clean = [] } = await savedPatch(call, name, members);
  const message = "No direct download URL found, but here are some relevant results";
  return ok({ success: true, suggestions: clean, message });
}

const noResults = "No results found for this model";

async function foundSource(call: Call, name: string, found: AdvancedResult): Promise<Answer> {
  if ("results" in found) return suggested(call, name, found.results);
  const { details } = urlOrigin(found.url);
  const metadata = await savedPatch(call, name, {
    url: found.url,
    source: found.source ?? "tavily",
    hf_repo: details["hf_repo"] ?? "",
    hf_path: details["hf_path"] ?? "",
    model_name: found.modelName ?? "",
    civitai_url: found.civitaiUrl ?? "",
    search_method: "tavily_advanced",
  });
  return ok({ ...shown(metadata, {}), metadata });
}

async function advancedSearch(call: Call): Promise<Answer> {
  const { stores, services, body } = call;
  const filename = requiredText(body(), "filename");
  if (filename === undefined) return refused({ success: false, error: "Missing filename" });
  const apiKey = await stores.appSettings.token("tavily_api_key");
  if (apiKey === "") return refused({ success: false, error: "Tavily API key not configured" });
  const known = await stores.models.getByKeyOrBasename(filename);
  if (known !== undefined && !isFalsy(known["url"]))
    return ok({ ...shown(known, { source: "cached" }), from_cache: true, metadata: known });
  const found = await services.searchModel?.(filename, apiKey);
  if (found === undefined) return ok({ success: false, message: noResults });
  return foundSource(call, filename, found);
}

interface BestResult {
  readonly url: string;
  readonly score: number;
}

/** The result that looks most like the file's source; of equals the first. */
function bestResult({ results }: JsonObject, filename: string): BestResult {
  if (!Array.isArray(results))
    throw new StorageError("INVALID_VALUE", "`results` must be a list; nothing was changed");
  let best: BestResult = { url: "", score: 0 };
  for (const result of results) {
    if (!isJsonObject(result)) continue;
    const score = sourceScore(result, filename);
    if (score > best.score) best = { url: textMember(result, "url") ?? "", score };
  }
  return best;
}

/** Where the file itself lies, and what its URL tells. */
function originOf(url: string, filename: string): JsonObject {
  const { source, details } = urlOrigin(url);
  if (source === "civitai" && details["civitai_model_id"] !== undefined)
    return { url, ...details, civitai_url: url };
  const repo = details["hf_repo"];
  if (typeof repo !== "string") return { url };
  if (details["hf_path"] !== undefined)
    return { url: url.replace("/blob/", "/resolve/"), ...details };
  const file = encodeURI(`https://huggingface.co/${repo}/resolve/main/${filename}`);
  return { url: file, hf_repo: repo, hf_path: filename };
}

async function extractSource(call: Call): Promise<Answer> {
  const request = call.body();
  const filename = requiredText(request, "filename");
  if (filename === undefined || isFalsy(request["results"]))
    return refused({ success: false, error: "Missing filename or results" });
  const { url: page, score } = bestResult(request, filename);
  if (score < leastScore)
    return ok({ success: false, message: "No reliable source found in results" });
  const url = (await call.services.findFileUrl?.(page, filename)) ?? page;
  const metadata = await savedPatch(call, filename, {
    source: "tavily_search",
    model_type: requiredText(request, "model_type") ?? "unknown",
    directory: requiredText(request, "directory") ?? "",
    search_score: score,
    original_search_url: page,
    ...originOf(url, filename),
  });
  return ok({ success: true, metadata, score });
}

/** Where a model may be had, as the network tells. */
export const sourceRoutes: readonly Route[] = [
  { method: "POST", path: "/analyze-url", needs: "analyzeUrl", answer: analyzeUrl },
  { method: "POST", path: "/advanced-search", needs: "searchModel", answer: advancedSearch },
  { method: "POST", path: "/extract-source", needs: "findFileUrl", answer: extractSource },
];
