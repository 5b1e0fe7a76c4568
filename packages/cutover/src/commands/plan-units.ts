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

/** `migrate` ends where the new store is in charge; what follows is typed by hand. */
function stepsOf(stage: Stage, isMigration: boolean): readonly string[] {
  return isMigration ? ways[stage].filter((verb) => verb !== "complete") : ways[stage];
}

function print(views: readonly UnitView[], { session }: UnitTarget, isMigration: boolean): void {
  session.output.table(
    [{ title: "unit" }, { title: "is at" }, { title: "steps" }, { title: "blocked by" }],
    views.map(({ unit, stage, blockedBy }) => [
      unit,
      stage,
      stepsOf(stage, isMigration).join(" → "),
      blockedBy.map(({ message }) => message).join("; "),
    ]),
  );
}

/** Prints the way of each unit in a folder in which nothing was started yet. */
export async function printWay(found: UnitTarget): Promise<void> {
  found.session.output.line();
  print(await viewUnits(found), found, false);
}

/** `cutover plan` of units that move: the steps that are left, and what blocks the next one. */
export async function planUnits(found: UnitTarget, isMigration: boolean): Promise<Answer> {
  const all = await viewUnits(found);
  const views = isMigration
    ? all.filter(({ stage }) => stepsOf(stage, isMigration).length > 0)
    : all;
  print(views, found, isMigration);
  if (views.length === 0)
    found.session.output.line(
      "Every unit is served by its new store already; nothing is left to do.",
    );
  const answer = statusAnswer(views, found);
  const steps = views.map(({ unit, stage }) => ({
    unit,
    stage,
    steps: stepsOf(stage, isMigration),
  }));
  const { word } = found.target;
  return {
    ...answer,
    ...(isMigration && views.length > 0 ? { nextSteps: [`cutover migrate ${word}`] } : {}),
    ...(views.length === 0 ? { nextSteps: [`cutover status ${word}`] } : {}),
    details: { ...answer.details, steps },
  };
}
