// Waits for `go`, then runs transactions on lists until it is killed or told to stop, and says `.`
// after each that is done. argv: kind of subject, seeded fault or -, folder, folder of journals, number
import { writeSync } from "node:fs";
import { Subject, subjectKinds } from "../subject.ts";
import { appendFaults, staleStage } from "./append-fault.ts";
import { AppendJournal } from "./append-journal.ts";
import { AppendLoad } from "./append-load.ts";
import { collections } from "./lists.ts";
import { StaleControl } from "./stale-control.ts";

const [wanted = "", fault = "-", folder = "", journals = "", number = "1"] = process.argv.slice(2);
const kind = subjectKinds.find((known) => known === wanted);
if (kind === undefined) throw new Error(`no subject ${wanted}`);
/** Transactions at a time, so that those of one process meet, too. */
const lanes = 2;

const subject = new Subject(kind, folder, collections);
await subject.load();
await new Promise((resolve) => process.stdin.once("data", resolve));
const stop = new AbortController();
process.stdin.once("data", () => stop.abort());
/** Every other process, so that those that look meet those that do not. */
const stale = fault === staleStage && Number(number) % 2 === 0 ? new StaleControl() : undefined;
const whole = await subject.open(stale && ((control) => stale.of(control)));
stale?.goStale();
const backend = appendFaults[fault]?.(whole) ?? whole;
if (fault !== "-" && fault !== staleStage && backend === whole)
  throw new Error(`no fault is called ${fault}`);
const work = Array.from({ length: lanes }, async (_unused, lane) => {
  const process = Number(number) * lanes + lane;
  const load = new AppendLoad(backend, new AppendJournal(journals, `p${process}`), process);
  while (!stop.signal.aborted) {
    if (await load.step()) writeSync(1, ".");
    // A store that answers at once would keep the word to stop from ever coming in.
    await new Promise((resolve) => setImmediate(resolve));
  }
});
await Promise.all(work);
await backend.close();
process.exit(0);
