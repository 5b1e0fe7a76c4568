// argv: folder, commit point, its occurrence from 1, signal, "lock" or "no-lock".
// Adds 1 to two files and sends itself the signal at that point of the commit.
import { writeSync } from "node:fs";
import { noLock } from "../../src/lock/no-lock.ts";
import { properLock } from "../../src/lock/proper-lock.ts";
import { fileStore } from "../../src/store/file-store.ts";
import { add } from "./counter.ts";

const [root = "", point = "", occurrence = "1", signal = "", lock = ""] = process.argv.slice(2);
let seen = 0;
const store = await fileStore({
  root,
  lock: lock === "no-lock" ? noLock() : properLock(`${root}/.cutover/json/lock`, { staleMs: 2000 }),
  pause: (reached) => {
    if (reached !== point) return;
    seen += 1;
    if (seen !== Number(occurrence)) return;
    writeSync(1, "here\n");
    process.kill(process.pid, signal);
  },
});
await store.withLock(() => add(store, { "a.json": 1, "sub/b.json": 1 }));
writeSync(1, "done\n");
await store.close();
