import { ok, refused, type Answer } from "./answer.ts";
import { fuzzyMatches } from "./fuzzy-match.ts";
import { requiredText } from "./request-body.ts";
import type { Call, Route } from "./route.ts";

const defaultThreshold = 0.7;

async function fuzzyMatch({ stores, body }: Call): Promise<Answer> {
  const request = body();
  const filename = requiredText(request, "filename");
  if (filename === undefined) return refused({ error: "Missing filename" });
  const { threshold = defaultThreshold } = request;
  if (typeof threshold !== "number" || threshold < 0 || threshold > 1)
    return refused({ error: "Invalid threshold (must be 0-1)" });
  const matches = await fuzzyMatches(stores, { filename, threshold });
  return ok({ success: true, filename, matches });
}

/** Other spellings of model names. */
export const aliasRoutes: readonly Route[] = [
  { method: "POST", path: "/fuzzy-match", answer: fuzzyMatch },
];
