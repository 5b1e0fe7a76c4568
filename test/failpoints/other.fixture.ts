// Another application: writes all the time into the folders that it is told, one after the other,
// writes down its calls, reads what it wrote, and says how many calls were acknowledged.
import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { App, neverDrains } from "./app.ts";
import { RandomSteps } from "./random-steps.ts";
import { collections, type CollectionName } from "./subject.ts";
import type { WriteStep } from "./write-step.ts";

/** What it is told. */
export type Order =
  | {
      readonly do: "begin";
      readonly folder: string;
      readonly seed: number;
      readonly in: readonly CollectionName[];
      readonly drains: boolean;
    }
  | { readonly do: "end" };

/** What it says. */
export type Word =
  | { readonly says: "acknowledged"; readonly count: number }
  | { readonly says: "ended" };

/** An application has other things to do, too. */
const thinkMs = 3;
let ending = new AbortController();

/** Nobody else writes its records: whoever is in charge by now, it reads what it wrote. */
async function readsOwn({ backend }: App, step: WriteStep): Promise<void> {
  // A put of a value that is claimed already is refused.
  if ((step.do !== "put" && step.do !== "delete") || step.in === "claimed") return;
  const found = await backend.collection(collections[step.in]).get(step.key);
  const expected = step.do === "put" ? step.row : undefined;
  assert.deepEqual(found, expected, `${step.key} of ${step.in} is read as it was written`);
}

async function write(order: Order & { readonly do: "begin" }): Promise<void> {
  const at = order.drains ? undefined : neverDrains;
  const app = await App.open(order.folder, "other", { at });
  const steps = new RandomSteps(order.seed, { author: "other", in: order.in, alone: [] });
  for (let count = 1; !ending.signal.aborted; count++) {
    const step = steps.next();
    await app.take(step);
    await readsOwn(app, step);
    process.send?.({ says: "acknowledged", count });
    await sleep(thinkMs);
  }
  await app.close();
}

async function obey(order: Order & { readonly do: "begin" }): Promise<void> {
  ending = new AbortController();
  try {
    await write(order);
    process.send?.({ says: "ended" });
  } catch (error) {
    const why = `the other application: ${String(error instanceof Error ? error.stack : error)}`;
    process.send?.({ says: "failed", why });
  }
}

process.on("message", (order: Order) => {
  if (order.do === "end") ending.abort();
  else void obey(order);
});
process.once("disconnect", () => process.exit());
