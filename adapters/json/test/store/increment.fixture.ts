// argv: folder, number of increments, "lock" or "no-lock", "jitter" or "plain"
import { setTimeout as sleep } from "node:timers/promises";
import { noLock } from "../../src/lock/no-lock.ts";
import { fileStore } from "../../src/store/file-store.ts";
import { add } from "./counter.ts";

const [root = "", count = "0", lock = "", pace = ""] = process.argv.slice(2);
const store = await fileStore({
  root,
  lockTimeoutMs: 60_000,
  ...(lock === "no-lock" ? { lock: noLock() } : {}),
  ...(pace === "jitter" ? { pause: dawdle } : {}),
});
for (let done = 0; done < Number(count); done += 1) {
  await store.withLock(() => add(store, { "counter.json": 1 }));
}
await store.close();

/** Lets the others run between any two system calls: mostly for a turn, sometimes for long. */
async function dawdle(): Promise<void> {
  const dice = Math.random();
  if (dice < 0.05) await sleep(Math.random() * 8);
  else if (dice < 0.3) await sleep(0);
}
