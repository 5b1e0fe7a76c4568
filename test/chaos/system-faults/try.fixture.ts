// Runs experiments with failing system calls: argv json|sqlite, calls, errno, nth, once|good
import { type StoreKind, systemFaultRun } from "./experiment.ts";

const [kind = "", calls = "", errno = "", nth = "1", how = "once"] = process.argv.slice(2);
const known: StoreKind = kind === "json" ? "json" : "sqlite";
const run = await systemFaultRun({
  kind: known,
  calls,
  errno,
  nth: Number(nth),
  isForGood: how === "good",
});
console.log(JSON.stringify(run, null, 2));
process.exitCode = run.problems.length === 0 ? 0 : 1;
