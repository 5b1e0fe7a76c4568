// argv: path of the lock. Takes it, and exits by itself on the first line of standard input.
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { properLock } from "../../src/lock/proper-lock.ts";

const [path = ""] = process.argv.slice(2);
await properLock(path).acquire({ timeoutMs: 10_000 });
writeSync(1, "held\n");
for await (const _ of createInterface({ input: process.stdin })) break;
process.exit(0);
