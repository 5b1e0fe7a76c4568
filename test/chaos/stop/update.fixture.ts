// Adds 1 to a record and stops itself with SIGSTOP at a point of the commit; adds 1 once more when
// it is let go on. argv: folder, commit point
import { writeSync } from "node:fs";
import { jsonBackend, properLock } from "@cutover/json";
import { counters, staleMs } from "./holder.ts";

const [folder = "", point = ""] = process.argv.slice(2);
let isArmed = true;
const backend = await jsonBackend({
  folder,
  collections: [counters],
  lock: properLock(`${folder}/.cutover/json/lock`, { staleMs }),
  lockTimeoutMs: 30_000,
  pause: (reached) => {
    if (reached !== point || !isArmed) return;
    isArmed = false;
    writeSync(1, "here\n");
    process.kill(process.pid, "SIGSTOP");
  },
});
for (let times = 0; times < 2; times += 1) {
  await backend.collection(counters).update("x", (current) => ({ n: (current?.n ?? 0) + 1 }));
}
await backend.close();
writeSync(1, "done\n");
