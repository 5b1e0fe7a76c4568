import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileFailure } from "../state/file-failure.ts";

/** The JSON files of a folder. */
export interface JsonFiles {
  /** Relative to the folder, with `/`, in alphabetical order. */
  readonly files: readonly string[];
  readonly notes: readonly string[];
}

const deepest = 3;
const most = 1_000;
/** Files of tools, and this program's own: none of them is data. */
const notData =
  /^(package(-lock)?|npm-shrinkwrap|composer|deno|jsconfig|tsconfig(\..+)?|cutover\.config)\.json$/;

/** Looks three folders deep, past `node_modules` and everything whose name begins with a dot. */
export async function findJsonFiles(folder: string): Promise<JsonFiles> {
  const files: string[] = [];
  const notes: string[] = [];
  const walk = async (inside: string, depth: number): Promise<void> => {
    const path = join(folder, inside);
    const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
      throw fileFailure("list the folder", path, error);
    });
    for (const entry of entries) {
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      const name = inside === "" ? entry.name : `${inside}/${entry.name}`;
      if (entry.isDirectory() && depth < deepest) await walk(name, depth + 1);
      if (entry.isFile() && entry.name.endsWith(".json") && !notData.test(entry.name)) {
        files.push(name);
      }
    }
  };
  await walk("", 0);
  files.sort();
  if (files.length > most) {
    notes.push(`only the first ${most} of ${files.length} JSON files were looked at`);
  }
  return { files: files.slice(0, most), notes };
}
