import { hash } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeLookalike } from "@cutover/fixtures";

/** A file as it was at one moment. */
export interface FileState {
  readonly sha256: string;
  readonly text: string;
  readonly sizeBytes: number;
}

/** Makes the folder the demo works in: a copy of the reader's, or look-alike data. */
export async function makeDataFolder(source: string | undefined): Promise<string> {
  if (source !== undefined && !(await stat(source)).isDirectory())
    throw new Error(`${source} is not a folder`);
  const folder = join(await mkdtemp(join(tmpdir(), "cutover-demo-")), "data");
  if (source === undefined) await writeLookalike(folder);
  else await copyFolder(source, folder);
  return folder;
}

async function copyFolder(source: string, folder: string): Promise<void> {
  // A copy begins a life of its own: what a migration recorded about the original stays there.
  await cp(source, folder, {
    recursive: true,
    filter: (path) => !/(^|[\\/])(\.cutover|cutover\.config\.\w+|node_modules|\.git)$/.test(path),
  });
}

/** Every JSON file of a folder, by its path in it. */
export async function jsonFiles(folder: string): Promise<Map<string, FileState>> {
  const names = await readdir(folder, { recursive: true });
  const files = new Map<string, FileState>();
  for (const name of names
    .filter((path) => path.endsWith(".json") && !path.startsWith(".cutover"))
    .toSorted()) {
    const bytes = await readFile(join(folder, name));
    const state = {
      sha256: hash("sha256", bytes),
      text: bytes.toString(),
      sizeBytes: bytes.length,
    };
    files.set(name.replaceAll("\\", "/"), state);
  }
  return files;
}

/**
 * Adds to the config that `cutover init` wrote what a team adds by hand: that its collections move
 * one by one, and which of them move together.
 */
export async function addTeam(
  folder: string,
  {
    collections,
    together,
  }: { readonly collections: readonly string[]; readonly together: readonly string[] },
): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith("cutover.config."));
  const path = join(folder, names[0] ?? "cutover.config.ts");
  const text = await readFile(path, "utf8");
  const begins = "export default defineConfig({\n";
  const team = { collections, ...(together.length < 2 ? {} : { together: [together] }) };
  const teams = `  teams: ${JSON.stringify({ demo: team })},\n`;
  if (!text.includes(begins)) throw new Error(`${path} is not what cutover init writes`);
  await writeFile(path, text.replace(begins, begins + teams));
}
