// Waits for `go`, then writes to some stores at once for ever and says on standard output, after
// each call resolved, which store has now what durable, and when: nanoseconds of the machine's
// monotonic clock. argv: kind of subject, folder of the stores or `warm-up`, name, number of stores
import { writeSync } from "node:fs";
import { join } from "node:path";
import { Subject, subjectKinds } from "../subject.ts";
import { collections, counters, ledger } from "./counters.ts";

const [wanted = "", folder = "", name = "0", stores = "1"] = process.argv.slice(2);
const kind = subjectKinds.find((known) => known === wanted);
if (kind === undefined) throw new Error(`no subject ${wanted}`);
const subjects = Array.from(
  { length: Number(stores) },
  (_unused, store) => new Subject(kind, join(folder, String(store)), collections),
);
await subjects[0]?.load();
// Leaves what it compiled to those that come after it and are killed.
if (folder === "warm-up") process.exit(0);
// Until then a process that is started ahead of time must not touch the folder.
await new Promise((resolve) => process.stdin.once("data", resolve));

async function write(subject: Subject, store: number): Promise<never> {
  const acknowledge = (what: string): void => {
    writeSync(1, `${store} ${what} ${process.hrtime.bigint()}\n`);
  };
  const backend = await subject.open();
  acknowledge("open -");
  for (let step = 0; ; step += 1) {
    const key = `r${name}-${step}`;
    await backend.collection(counters).put(key, { n: step });
    acknowledge(`put ${key}`);
    const { n } = await backend
      .collection(counters)
      .update("total", (current) => ({ n: (current?.n ?? 0) + 1 }));
    acknowledge(`total ${n}`);
    // Both or neither: the sum of the two is always zero.
    await backend.transaction(async (tx) => {
      const debit = (await tx.collection(ledger).get("debit"))?.n ?? 0;
      await tx.collection(ledger).put("debit", { n: debit + 1 });
      await tx.collection(counters).put("credit", { n: -(debit + 1) });
    });
    acknowledge(`pair ${key}`);
    // A store that answers at once would keep the others waiting for ever.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
await Promise.all(subjects.map(write));
