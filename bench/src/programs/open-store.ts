import { mkdirSync } from "node:fs";
import { modelEntries } from "../stores/models.ts";
import { loadKind } from "../stores/load-kind.ts";
import { reportOn } from "./report.ts";

const [id = "", folder = "", key = "", empty = ""] = process.argv.slice(2);
const kind = await loadKind(id);
// Loading a library's modules is a matter of row 12: here an empty store has been opened before.
mkdirSync(empty);
const first = await kind.open(empty);
await first.fill(modelEntries(1));
await first.close();
await reportOn(async () => {
  const store = await kind.open(folder);
  const found: unknown = await store.get(key);
  if (found === undefined || found === null) throw new Error(`${id} does not have the record`);
  await store.close();
  return 1;
});
// Some libraries keep the process alive with a timer.
process.exit(0);
