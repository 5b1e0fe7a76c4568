// Prepares folders and examines what killed processes have left in them. A process of its own, so
// that whatever does not come back there can be killed.
import { existsSync, readFileSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { join } from "node:path";
import { Examination } from "./examination.ts";
import { removePlace } from "./place.ts";
import type { Scenario } from "./scenario.ts";
import { Templates } from "./templates.ts";

/** What it is told. */
export type Order =
  | { readonly do: "prepare"; readonly scenario: Scenario }
  | { readonly do: "examine"; readonly scenario: Scenario; readonly folder: string };

/** What it says. */
export type Word =
  | { readonly says: "prepared"; readonly folder: string }
  | { readonly says: "examined"; readonly hit: string; readonly drifted: number };

const [root = ""] = process.argv.slice(2);
const templates = new Templates(root);
// Processes that are killed never come to write down what they compiled.
flushCompileCache();

function hitIn(folder: string): string {
  const path = join(folder, "hits.txt");
  return existsSync(path) ? readFileSync(path, "utf8").trim() : "";
}

async function examine(folder: string, scenario: Scenario): Promise<Word> {
  const examination = new Examination(folder, scenario);
  await examination.asLeft();
  const drifted = scenario.losesMarks ? await examination.withoutMarks() : 0;
  await examination.mend();
  await examination.asMended();
  const hit = hitIn(folder);
  await removePlace(folder);
  return { says: "examined", hit, drifted };
}

async function obey(order: Order): Promise<Word> {
  if (order.do === "examine") return examine(order.folder, order.scenario);
  const { stage, dirt } = order.scenario;
  return { says: "prepared", folder: await templates.copy(stage, dirt) };
}

process.on("message", (order: Order) => {
  obey(order).then(
    (word) => process.send?.(word),
    (error: unknown) => {
      const why = String(error instanceof Error ? error.stack : error);
      process.send?.({ says: "failed", why });
    },
  );
});
process.once("disconnect", () => process.exit());
