// argv: path of the lock. Listens once to SIGTERM, also while it takes the lock for the first time,
// and when it comes gives the lock back after a turn of the loop and says `released`.
import { writeSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { properLock } from "../../src/lock/proper-lock.ts";

const [path = ""] = process.argv.slice(2);
const asked = Promise.withResolvers<void>();
const taking = properLock(path).acquire({ timeoutMs: 10_000 });
process.once("SIGTERM", () => asked.resolve());
const held = await taking;
// Nothing but this keeps the process.
const waiting = setInterval(() => {}, 1000);
writeSync(1, "held\n");
await asked.promise;
await turn();
await held.release();
clearInterval(waiting);
writeSync(1, "released\n");
