import { settingsChange } from "../settings/settings-change.ts";
import { ok, refused, type Answer } from "./answer.ts";
import type { Call, Route } from "./route.ts";

/** 0 is "no limit". */
const mostDownloads = 50;
const defaultDownloads = 3;

async function changeSettings({ stores, body }: Call): Promise<Answer> {
  await stores.appSettings.change(settingsChange(body()));
  return ok({ success: true });
}

async function changeParallel({ stores, body }: Call): Promise<Answer> {
  const { max_parallel: wanted = defaultDownloads } = body();
  // In Python true is a whole number, and is stored as it is.
  const count = typeof wanted === "boolean" ? Number(wanted) : wanted;
  const isFit = Number.isInteger(count) && Number(count) >= 0 && Number(count) <= mostDownloads;
  if (!isFit) return refused({ error: "Invalid value (must be 0-50)" });
  await stores.appSettings.change({ max_parallel_downloads: wanted });
  return ok({ success: true, max_parallel: wanted });
}

/** Settings, tokens never shown. */
export const settingsRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/settings",
    answer: async ({ stores }) => ok(await stores.appSettings.shown()),
  },
  { method: "POST", path: "/settings", answer: changeSettings },
  { method: "POST", path: "/settings/parallel", answer: changeParallel },
];
