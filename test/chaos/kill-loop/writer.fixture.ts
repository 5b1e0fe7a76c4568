// Waits for `go`, then writes for ever and says on standard output, after each call resolved, what
// is now durable, and when: nanoseconds of the machine's monotonic clock. argv: kind of subject, folder, number of the round
import { writeSync } from "node:fs";
import { Subject, subjectKinds } from "../subject.ts";
import { collections, counters, ledger } from "./counters.ts";

const [wanted = "", folder = "", round = "0"] = process.argv.slice(2);
// Leaves what it loaded to those that come after it and are killed.
if (wanted === "warm-up") process.exit(0);
const kind = subjectKinds.find((known) => known === wanted);
if (kind === undefined) throw new Error(`no subject ${wanted}`);
// Until then a process that is started ahead of time must not touch the folder.
await new Promise((resolve) => process.stdin.once("data", resolve));

const acknowledge = (what: string): void => {
  writeSync(1, `${what} ${process.hrtime.bigint()}\n`);
};
const backend = await new Subject(kind, folder, collections).open();
acknowledge("open -");
for (let step = 0; ; step += 1) {
  const key = `r${round}-${step}`;
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
}
