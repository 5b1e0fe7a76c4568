// argv: path of the lock. Takes it, says so and keeps it until it is killed.
import { writeSync } from "node:fs";
import { setInterval as every } from "node:timers/promises";
import { properLock } from "../../src/lock/proper-lock.ts";

const [path = ""] = process.argv.slice(2);
await properLock(path).acquire({ timeoutMs: 10_000 });
writeSync(1, "held\n");
for await (const _ of every(1000)) continue;
