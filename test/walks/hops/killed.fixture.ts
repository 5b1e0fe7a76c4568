// Runs the command, and kills itself, as kill -9 does, before the `nth` of the steps that change
// something or ask a server: calls of the file system, of SQLite and of Postgres. One that
// lives tells how many there were.
import { createRequire, syncBuiltinESMExports } from "node:module";

const [nth = "0", ...argv] = process.argv.slice(2);
const deadly = Number(nth);
let steps = 0;

function step(): void {
  steps += 1;
  if (steps === deadly) process.kill(process.pid, "SIGKILL");
}

type Method = (this: unknown, ...parameters: readonly unknown[]) => unknown;

/** Counts every call of some methods. */
function count(target: object, names: readonly string[]): void {
  for (const name of names) {
    const known: unknown = Reflect.get(target, name);
    if (typeof known !== "function") throw new Error(`there is no ${name}`);
    const counted: Method = function counted(...parameters) {
      step();
      return Reflect.apply(known, this, parameters);
    };
    Reflect.set(target, name, counted);
  }
}

const load = createRequire(new URL("../../../adapters/kysely/package.json", import.meta.url));
count(load("node:fs/promises"), ["rename", "link", "open", "unlink", "rm"]);
syncBuiltinESMExports();
count(load("pg").Client.prototype, ["query"]);
const Database = load("better-sqlite3");
const scratch = new Database(":memory:");
count(Object.getPrototypeOf(scratch.prepare("SELECT 1")), ["run"]);
count(Database.prototype, ["exec"]);
scratch.close();

process.argv.splice(1, process.argv.length - 1, "cutover", ...argv);
process.on("exit", () => process.stderr.write(`steps ${steps}\n`));
await import("../../../packages/cutover/src/bin.ts");
