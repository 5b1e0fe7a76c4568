import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import { laterModels } from "./content-words.ts";
import { type DataFolder, firstModels, models } from "./data-folder.ts";

async function replaceModels(
  folder: DataFolder,
  records: ReturnType<typeof firstModels>,
): Promise<void> {
  const path = join(folder.path, "app.db");
  const database = sqliteBackend({ path, collections: [models] });
  try {
    await database.collection(models).replaceAll(Object.entries(records));
  } finally {
    await database.close();
  }
}

/** Somebody writes to the database, past everything: the models are the later ones then. */
export async function editDatabase(folder: DataFolder): Promise<void> {
  await replaceModels(folder, laterModels());
}

/** And puts the models there as they were. */
export async function mendDatabase(folder: DataFolder): Promise<void> {
  await replaceModels(folder, firstModels());
}

/** The same with the file of the models. */
export function editFile(folder: DataFolder): void {
  folder.write("models.json", laterModels());
}

/** The control store is lost, while the files lag behind the database. */
export async function loseControl(folder: DataFolder): Promise<void> {
  await editDatabase(folder);
  const state = join(folder.path, ".cutover");
  for (const name of readdirSync(state))
    if (name.startsWith("control.")) rmSync(join(state, name), { recursive: true });
}
