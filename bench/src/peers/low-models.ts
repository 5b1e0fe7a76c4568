import type { Low } from "lowdb";
import { JSONFilePreset } from "lowdb/node";
import type { ModelDocument } from "../stores/app-json.ts";
import type { ModelEntry } from "../stores/models.ts";

/** lowdb as its manual sets it up, with the records in its file. */
export async function openLow(
  path: string,
  entries: readonly ModelEntry[],
): Promise<Low<ModelDocument>> {
  const low = await JSONFilePreset<ModelDocument>(path, Object.fromEntries(entries));
  await low.write();
  return low;
}
