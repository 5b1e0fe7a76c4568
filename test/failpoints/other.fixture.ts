// Another application: writes all the time into the folders that it is told, one after the other,
// writes down its calls, and says how many were acknowledged.
import { setTimeout as sleep } from "node:timers/promises";
import { App, neverDrains } from "./app.ts";
import { RandomSteps } from "./random-steps.ts";
import type { CollectionName } from "./subject.ts";

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
  | { readonly says: "ended" }
  | { readonly says: "failed"; readonly why: string };

/** An application has other things to do, too. */
const thinkMs = 3;
let ending = new AbortController();

function say(word: Word): void {
  process.send?.(word);
}

async function write(order: Order & { readonly do: "begin" }): Promise<void> {
  const app = await App.open(order.folder, "other", order.drains ? undefined : neverDrains);
  const steps = new RandomSteps(order.seed, { author: "other", in: order.in, alone: [] });
  for (let count = 1; !ending.signal.aborted; count++) {
    await app.take(steps.next());
    say({ says: "acknowledged", count });
    await sleep(thinkMs);
  }
  await app.close();
}

async function obey(order: Order & { readonly do: "begin" }): Promise<void> {
  ending = new AbortController();
  try {
    await write(order);
    say({ says: "ended" });
  } catch (error) {
    say({ says: "failed", why: String(error instanceof Error ? error.stack : error) });
  }
}

process.on("message", (order: Order) => {
  if (order.do === "end") ending.abort();
  else void obey(order);
});
process.once("disconnect", () => process.exit());
