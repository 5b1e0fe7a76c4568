import { ok, refused, type Answer } from "./answer.ts";
import { requiredText } from "./request-body.ts";
import type { Call, Route } from "./route.ts";

async function listHistory({ stores }: Call): Promise<Answer> {
  // A longer file of the original is served whole, as it does.
  return ok({ success: true, history: await stores.history.getRecent(Number.MAX_SAFE_INTEGER) });
}

async function clearHistory({ stores }: Call): Promise<Answer> {
  await stores.history.clear();
  return ok({ success: true, message: "Download history cleared" });
}

async function deleteItem({ stores, body }: Call): Promise<Answer> {
  const filename = requiredText(body(), "filename");
  if (filename === undefined) return refused({ error: "Missing filename" });
  await stores.history.deleteByFilename(filename);
  return ok({ success: true });
}

/** The download history. */
export const historyRoutes: readonly Route[] = [
  { method: "GET", path: "/download-history", answer: listHistory },
  { method: "POST", path: "/clear-download-history", answer: clearHistory },
  { method: "POST", path: "/delete-history-item", answer: deleteItem },
];
