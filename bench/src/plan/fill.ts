import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  history,
  metadata,
  settings,
  someDownloads,
  someModels,
  someSettings,
} from "./collections.ts";
import { openBackend, ways } from "./plan-store.ts";

/** How much there is to look through. */
export interface PlanSize {
  readonly models: number;
  readonly downloads: number;
}

async function fillFiles(folder: string, size: PlanSize): Promise<void> {
  const models = someModels(size.models).map((model) => [model.filename, model] as const);
  const files = {
    "settings.json": Object.fromEntries(someSettings),
    "model_metadata.json": Object.fromEntries(models),
    "download_history.json": someDownloads(size.downloads),
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), JSON.stringify(content, null, 2));
  }
}

async function fillDatabase(folder: string, size: PlanSize): Promise<void> {
  const backend = await openBackend("sqlite", folder);
  try {
    const models = someModels(size.models).map((model) => [model.filename, model] as const);
    // New downloads go to the front: the oldest is put first.
    const downloads = someDownloads(size.downloads).toReversed();
    await backend.collection(settings).putMany(someSettings);
    await backend.collection(metadata).putMany(models);
    await backend
      .collection(history)
      .putMany(downloads.map((entry) => [entry.filename, entry] as const));
  } finally {
    await backend[Symbol.asyncDispose]();
  }
}

/** Fills a folder for each way with the same data: `app` and `json` with the same files. */
export async function fillWays(root: string, size: PlanSize): Promise<void> {
  for (const way of ways) {
    const folder = join(root, way);
    await mkdir(folder);
    if (way === "sqlite") await fillDatabase(folder, size);
    else await fillFiles(folder, size);
  }
}
