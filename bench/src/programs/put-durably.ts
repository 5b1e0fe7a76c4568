import { accessSync, mkdirSync } from "node:fs";
import { loadKind } from "../stores/load-kind.ts";
import { changed, modelEntries } from "../stores/models.ts";

/** Leaves a mark that a trace of system calls shows. */
function mark(name: string): void {
  try {
    accessSync(`/cutover-bench-${name}`);
  } catch {
    // There is no such file; that somebody asked for it is the mark.
  }
}

const [id = "", folder = "", commits = ""] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const kind = await loadKind(id);
const store = await kind.open(folder);
try {
  const entries = modelEntries(100);
  await store.fill(entries);
  mark("begin");
  for (let index = 0; index < Number(commits); index++) {
    const [key, value] = entries[index % entries.length] ?? [];
    if (key === undefined || value === undefined) throw new Error("there are no records to put");
    await store.put(key, changed(value, index));
  }
  mark("end");
} finally {
  await store.close();
}
