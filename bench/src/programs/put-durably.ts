import { accessSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { changed, modelEntries, models } from "../stores/models.ts";
import { openJson, openSqlite } from "../stores/ours.ts";

/** Leaves a mark that a trace of system calls shows. */
function mark(name: string): void {
  try {
    accessSync(`/cutover-bench-${name}`);
  } catch {
    // There is no such file; that somebody asked for it is the mark.
  }
}

const [store = "", folder = "", commits = ""] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const backend =
  store === "sqlite" ? await openSqlite(join(folder, "models.db")) : await openJson(folder);
try {
  const collection = backend.collection(models);
  const entries = modelEntries(100);
  await collection.replaceAll(entries);
  mark("begin");
  for (let index = 0; index < Number(commits); index++) {
    const [key, value] = entries[index % entries.length] ?? [];
    if (key === undefined || value === undefined) throw new Error("there are no records to put");
    await collection.put(key, changed(value, index));
  }
  mark("end");
} finally {
  await backend[Symbol.asyncDispose]();
}
