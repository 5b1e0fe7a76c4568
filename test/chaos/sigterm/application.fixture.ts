// An application: opens the storage of a folder and writes to it for ever, saying what it has done
// after each call; at SIGTERM it closes the storage, and that is all it does. argv: folder, name of
// its records, manners: `good`, `hasty` (says what it will do next, and exits at once), `lingering`
import { writeSync } from "node:fs";
import { isStorageError } from "@cutover/core";
import { openStorage } from "../../../packages/cutover/src/index.ts";
import { models } from "./data-folder.ts";

const [folder = "", name = "", manners = "good"] = process.argv.slice(2);
const asked = Promise.withResolvers<void>();
process.once("SIGTERM", () => {
  if (manners === "hasty") process.exit(0);
  if (manners === "lingering") setInterval(() => {}, 1000);
  asked.resolve();
});
const storage = await openStorage({ folder, env: {} });
const closed = asked.promise.then(() => storage.close());
const records = storage.collection(models);
const lanes = ["a", "b"];

async function write(lane: string): Promise<void> {
  for (let n = 0; ; n += 1) {
    const key = `${name}${lane}${n}`;
    if (manners === "hasty") writeSync(1, `put-${name}${lane}${n + 1}\n`);
    await records.put(`put-${key}`, { name: key });
    writeSync(1, `put-${key}\n`);
    await storage.transaction(async (tx) => {
      await tx.collection(models).put(`left-${key}`, { name: key });
      await tx.collection(models).put(`right-${key}`, { name: key });
    });
    writeSync(1, `left-${key}\nright-${key}\n`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const outcomes = await Promise.allSettled(lanes.map(write));
await closed;
for (const outcome of outcomes) {
  if (outcome.status === "rejected" && !isStorageError(outcome.reason, "BACKEND_CLOSED"))
    throw outcome.reason;
}
