// Takes what its first argument names in the folder of the second, and says `held`. Each line it
// reads after that it answers: `mine?` with true or false, `release` with `released`.
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { held, holders } from "./holder.ts";

const [wanted = "", folder = ""] = process.argv.slice(2);
const kind = held.find((known) => known === wanted);
if (kind === undefined) throw new Error(`nothing is called ${wanted}`);
const holding = await holders[kind](folder, 60_000);
writeSync(1, "held\n");
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "mine?") writeSync(1, `${holding.isMine()}\n`);
  if (line !== "release") continue;
  await holding.release();
  writeSync(1, "released\n");
  process.exit(0);
}
