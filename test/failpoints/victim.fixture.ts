// Does what a scenario says, and kills itself without warning at the scenario's failpoint. Exits
// with 3 when it never came there.
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ControlStore } from "@cutover/core";
import type { AtFailpoint } from "@cutover/engine";
import { App } from "./app.ts";
import { calls } from "./calls.ts";
import { departureOf, replaced } from "./fault.ts";
import { act } from "./operations.ts";
import { RandomSteps } from "./random-steps.ts";
import type { Deed, Scenario } from "./scenario.ts";
import { collectionNames, openStores } from "./subject.ts";

const [folder = "", given = ""] = process.argv.slice(2);
const scenario: Scenario = JSON.parse(given);
const departure = departureOf(scenario.fault);
/** Rounds after which the failpoint counts as not to be reached. */
const mostRounds = 400;
let isArmed = false;
let times = 0;
let known: ControlStore | undefined;

const at: AtFailpoint = async (point) => {
  if (!isArmed || point !== scenario.point || ++times < scenario.time) return;
  if (known !== undefined) await departure.beforeDeath?.(known);
  appendFileSync(join(folder, "hits.txt"), `${point}\n`);
  process.kill(process.pid, "SIGKILL");
  await Promise.withResolvers<void>().promise;
};

function controlOf(control: ControlStore): ControlStore {
  known = control;
  return departure.control === undefined ? control : replaced(control, departure.control(control));
}

async function write(deed: Deed & { readonly as: "app" }): Promise<void> {
  const { acknowledgesFirst = false } = departure;
  const app = await App.open(folder, "victim", { at, control: controlOf, acknowledgesFirst });
  const random = new RandomSteps("seed" in deed ? deed.seed : 0, {
    author: "victim",
    in: collectionNames,
    alone: scenario.alone,
  });
  for (let round = 0; round < mostRounds; round++) {
    const { before, call } =
      "seed" in deed ? { before: [], call: random.next() } : calls[deed.call](round);
    for (const step of before) await app.take(step);
    isArmed = true;
    await app.take(call);
    // The drain in the background has its failpoints after the call.
    await sleep(2);
  }
}

if (scenario.deed.as === "app") await write(scenario.deed);
else {
  const stores = await openStores(folder);
  isArmed = true;
  await act({ ...stores, control: controlOf(stores.control) }, scenario.deed.action, at);
}
process.exit(3);
