import { type JsonObject, keyProblem } from "@cutover/core";
import { objectText } from "../records/stored-object.ts";
import type { Stores } from "../stores/stores.ts";
import { ok, okText, type Answer } from "./answer.ts";
import { unquote } from "./percent-decoding.ts";
import type { Call, Route } from "./route.ts";

async function cached(stores: Stores, name: string): Promise<JsonObject | undefined> {
  return keyProblem(name) === undefined ? stores.searchCache.get("tavily", name) : undefined;
}

async function tavilyAnswer({ stores, lastPart }: Call): Promise<Answer> {
  const name = lastPart();
  // The original decodes twice. What was sent as it is comes first, so that a name with a literal
  // `%41` is found as well.
  const record = (await cached(stores, name)) ?? (await cached(stores, unquote(name)));
  return ok(record ?? { success: false, message: "No cached results" });
}

async function allTavilyAnswers({ stores }: Call): Promise<Answer> {
  const all = await stores.searchCache.getAll("tavily");
  return okText(`{"success":true,"cache":${objectText(all)}}`);
}

async function cachedMetadata({ stores, lastPart }: Call): Promise<Answer> {
  const name = lastPart();
  const metadata =
    keyProblem(name) === undefined ? await stores.models.getByKeyOrBasename(name) : undefined;
  if (metadata === undefined) return ok({ success: false, message: "No cached metadata found" });
  return ok({ success: true, metadata });
}

/** Answers of searches. `search-cache` serves model metadata, as in the original. */
export const searchCacheRoutes: readonly Route[] = [
  { method: "GET", path: "/tavily-cache/:filename", answer: tavilyAnswer },
  { method: "GET", path: "/tavily-cache-all", answer: allTavilyAnswers },
  { method: "GET", path: "/search-cache/:filename", answer: cachedMetadata },
];
