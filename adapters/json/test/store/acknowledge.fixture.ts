// argv: folder, "lock" or "no-lock". Commits for ever, printing each number once it is durable.
import { writeSync } from "node:fs";
import { noLock } from "../../src/lock/no-lock.ts";
import { fileStore } from "../../src/store/file-store.ts";
import { add, readCounter } from "./counter.ts";

const [root = "", lock = ""] = process.argv.slice(2);
const store = await fileStore({ root, ...(lock === "no-lock" ? { lock: noLock() } : {}) });
for (;;) {
  const done = await store.withLock(async () => {
    await add(store, { "a.json": 1, "sub/b.json": 1 });
    return readCounter(store, "a.json");
  });
  writeSync(1, `${done}\n`);
}
