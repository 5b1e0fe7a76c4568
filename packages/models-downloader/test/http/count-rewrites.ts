import { watch } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

const sentinel = "sentinel-of-a-test";

/**
 * Counts the events of a file while something runs. Events come in order: once that of a last file
 * is there, all before it were counted.
 */
export async function countRewrites(
  folder: string,
  file: string,
  work: () => Promise<unknown>,
): Promise<number> {
  let count = 0;
  const watcher = watch(folder);
  const finished = new Promise<void>((resolve) => {
    watcher.on("change", (_event, name) => {
      if (name === file) count += 1;
      if (name === sentinel) resolve();
    });
  });
  try {
    await work();
    await writeFile(join(folder, sentinel), "");
    await finished;
    return count;
  } finally {
    watcher.close();
  }
}
