import { open } from "node:fs/promises";
import { join } from "node:path";
import type { FileMapping } from "@cutover/core";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import type { KnownLayout } from "./known-layout.ts";
import { modelsDownloader } from "./models-downloader.ts";

const layouts: readonly KnownLayout[] = [modelsDownloader];

/** Enough of a file to meet its first bracket behind white space. */
const headBytes = 4096;
/** One name alone may be chance. */
const fewestFiles = 2;

async function headOf(path: string): Promise<string | undefined> {
  let handle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return undefined;
    throw fileFailure("read", path, error);
  }
  try {
    if (!(await handle.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function isShaped(folder: string, { path, shape, at }: FileMapping): Promise<boolean> {
  const head = await headOf(join(folder, path));
  const isArray = shape === "array" && at.length === 0;
  return (
    head !== undefined &&
    (isArray ? /^(\u00ef\u00bb\u00bf)?\s*\[/ : /^(\u00ef\u00bb\u00bf)?\s*\{/).test(head)
  );
}

/**
 * The known application whose data folder this is, told by the names of its files and by what
 * they begin with.
 *
 * @param formerFiles - files that lay there when the folder was migrated
 * @returns undefined when it is none
 */
export async function recogniseLayout(
  folder: string,
  formerFiles: readonly string[] = [],
): Promise<KnownLayout | undefined> {
  for (const layout of layouts) {
    let seen = 0;
    for (const { file } of layout.collections) {
      if (!layout.distinctive.includes(file.path)) continue;
      if (formerFiles.includes(file.path) || (await isShaped(folder, file))) seen += 1;
    }
    if (seen >= fewestFiles) return layout;
  }
  return undefined;
}
