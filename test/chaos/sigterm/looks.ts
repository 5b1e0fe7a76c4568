import { existsSync, readdirSync } from "node:fs";
import { runJson } from "../../../packages/cutover/test/commands/run.ts";
import { readRecord } from "../../../packages/cutover/src/state/record-file.ts";
import { contentIn, writeLater } from "./content-words.ts";
import { backupWord, type DataFolder } from "./data-folder.ts";

/** The stages, the store that the folder's record names, the files of the models, and the data. */
export async function standIn(folder: DataFolder): Promise<string> {
  const { backend = "none" } = (await readRecord(folder.path)) ?? {};
  const files = readdirSync(folder.path).filter((name) => name.startsWith("models.json"));
  return [await folder.where(), backend, ...files, await contentIn(folder)].join(" ");
}

/**
 * The data as somebody finds it who puts the other store in charge; `open` where that is refused.
 * @param verbs commands that do so
 */
export async function afterChange(
  folder: DataFolder,
  verbs: readonly (readonly string[])[],
): Promise<string> {
  for (const words of verbs) if ((await folder.run(words)).code !== 0) return "open";
  return `mended ${await contentIn(folder)}`;
}

/** Whether there is a backup, and what it brings back. */
export async function backedUp(folder: DataFolder): Promise<string> {
  if (!existsSync(folder.backup)) return "none";
  await writeLater(folder);
  const rehearsal = await folder.run(["restore", backupWord, "--dry-run"]);
  const { code, stderr } = await folder.run(["restore", backupWord, "--yes"]);
  if (rehearsal.code !== code) return `${code}, and rehearsed with ${rehearsal.code}`;
  const content = await contentIn(folder);
  if (code === 0) return `whole ${content}`;
  const isClear = stderr.includes(folder.backup) && !stderr.includes("UNEXPECTED");
  return isClear ? `unfinished, beside ${content}` : `refused with ${code}: ${stderr}`;
}

/** Where the folder stands, and its data; `refused` where nobody can tell. */
export async function rebuilt(folder: DataFolder): Promise<string> {
  const content = await contentIn(folder);
  return content === "refused" ? content : `${await folder.where()} ${content}`;
}

/** What the comparisons that found something have been decided to be, and the data. */
export async function mismatchesIn(folder: DataFolder): Promise<string> {
  const { answer } = await runJson(["mismatches", folder.path]);
  const states = [answer["mismatches"]].flat().map((one) => `${Reflect.get(Object(one), "state")}`);
  return `${states.toSorted((one, other) => (one < other ? -1 : 1)).join()} ${await contentIn(folder)}`;
}

/** How many databases lie beside the data that were put aside, and the data. */
export async function keptBeside(folder: DataFolder): Promise<string> {
  const kept = readdirSync(folder.path).filter((name) => name.startsWith("app.db."));
  return `${kept.length} ${await contentIn(folder)}`;
}

/** The config, where it is one that commands can read, and what else `init` may have left. */
export async function configured(folder: DataFolder): Promise<string> {
  const found = readdirSync(folder.path).filter((name) => !name.endsWith(".json"));
  const { code } = await folder.run(["plan"]);
  return `${found.join()} ${code}`;
}
