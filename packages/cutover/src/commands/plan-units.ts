import type { Stage } from "@cutover/engine";
import type { Answer } from "../output/answer.ts";
import type { UnitView } from "../units/unit-view.ts";
import { statusAnswer, viewUnits } from "./unit-status.ts";
import type { UnitTarget } from "./unit-session.ts";

/** The verbs that are left on the way, by stage. */
const ways: Readonly<Record<Stage, readonly string[]>> = {
  off: ["start", "backfill", "verify", "switch", "complete", "complete"],
  dualwrite: ["backfill", "verify", "switch", "complete", "complete"],
  shadow: ["verify", "switch", "complete", "complete"],
  live: ["complete", "complete"],
  rampdown: ["complete"],
  complete: [],
};

function print(views: readonly UnitView[], { session }: UnitTarget): void {
  session.output.table(
    [{ title: "unit" }, { title: "is at" }, { title: "steps" }, { title: "blocked by" }],
    views.map(({ unit, stage, blockedBy }) => [
      unit,
      stage,
      ways[stage].join(" → "),
      blockedBy.map(({ message }) => message).join("; "),
    ]),
  );
}

/** Prints the way of each unit in a folder in which nothing was started yet. */
export async function printWay(found: UnitTarget): Promise<void> {
  found.session.output.line();
  print(await viewUnits(found), found);
}

/** `cutover plan` of units that move: the steps that are left, and what blocks the next one. */
export async function planUnits(found: UnitTarget): Promise<Answer> {
  const views = await viewUnits(found);
  print(views, found);
  const answer = statusAnswer(views, found);
  const steps = views.map(({ unit, stage }) => ({ unit, stage, steps: ways[stage] }));
  return { ...answer, details: { ...answer.details, steps } };
}
