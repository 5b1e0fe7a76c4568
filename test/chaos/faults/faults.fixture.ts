// Lets the n-th call of the JSON adapter fail, for every n or one, and prints a report as JSON:
//   node --conditions=@cutover/source test/chaos/faults/faults.fixture.ts EIO|EIO:12|EIO:3+
import { adapterCopy } from "../crash-states/adapter-copy.ts";
import { usedDisk } from "../crash-states/recording.ts";
import { imageOf, scenarios } from "../crash-states/scenario.ts";
import { allowCopies } from "../disk/copies.ts";
import { type Fault, faultKinds, faultNamed, nameOf } from "./fault.ts";
import { faultyRun } from "./faulty-run.ts";

/** A number of calls that no experiment comes to. */
const mostCalls = 2000;
const unhandled: string[] = [];
process.on("unhandledRejection", (error) => unhandled.push(String(error)));

allowCopies();
const copies = { first: await adapterCopy("first"), second: await adapterCopy("second") };
const scenario = scenarios.find(({ stoppedAt }) => stoppedAt === "linked");
if (scenario === undefined) throw new Error("no scenario to begin with");
const image = imageOf(await usedDisk(scenario, copies.first));

const wanted = process.argv[2] ?? "";
const violations: { fault: string; struck: string; problems: readonly string[] }[] = [];
const outcomes: Record<string, number> = {};
let experiments = 0;

async function run(fault: Fault): Promise<boolean> {
  const { hasStruck, struck, outcomes: ends, problems } = await faultyRun(image, fault, copies);
  if (!hasStruck) return false;
  experiments += 1;
  for (const end of ends) outcomes[end] = (outcomes[end] ?? 0) + 1;
  const all = [...problems, ...unhandled.splice(0)];
  if (all.length > 0) violations.push({ fault: nameOf(fault), struck, problems: all });
  return true;
}

// What waits for its lock has nothing else that would keep the process running.
setInterval(() => {}, 1000);
const single = faultNamed(wanted);
const kind = faultKinds.find(({ errno }) => errno === wanted);
if (single !== undefined) await run(single);
else if (kind !== undefined) {
  for (const isForGood of [false, true]) {
    for (let nth = 1; nth < mostCalls; nth += 1) if (!(await run({ kind, nth, isForGood }))) break;
  }
} else throw new Error(`${wanted} is neither an errno nor a fault`);
console.log(
  JSON.stringify(
    { experiments, outcomes, violations: violations.slice(0, 20), failed: violations.length },
    null,
    1,
  ),
);
process.exit(0);
