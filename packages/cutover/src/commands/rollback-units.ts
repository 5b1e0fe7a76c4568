import { hopOf } from "../hop/hop.ts";
import type { Answer } from "../output/answer.ts";
import { UsageError } from "../output/error-report.ts";
import { whileEnding } from "../units/record-move.ts";
import { changeStages } from "./change-stage.ts";
import { isAllOff } from "./is-all-off.ts";
import { actorOf } from "./unit-flags.ts";
import { printOutcomes, unitsAnswer, type UnitOutcome } from "./unit-outcome.ts";
import { checkBegun, withUnits, type UnitSession, type UnitTarget } from "./unit-session.ts";

/** One after the other: what was reversed is then cancelled. */
async function takeBack(units: UnitSession): Promise<UnitOutcome[]> {
  const reversed = await changeStages(
    units,
    { live: "reverse", rampdown: "reverse", complete: "reverse" },
    { fallback: "reverse", skipsOthers: true },
  );
  const failed = new Set(
    reversed.filter(({ outcome }) => outcome === "refused").map(({ unit }) => unit),
  );
  const rest = units.chosen.filter(({ name }) => !failed.has(name));
  const cancelled = await changeStages(
    { ...units, chosen: rest },
    { dualwrite: "cancel", shadow: "cancel" },
    { fallback: "cancel", skipsOthers: true },
  );
  return reversed.map((outcome) => {
    const after = cancelled.find(({ unit }) => unit === outcome.unit);
    return after === undefined ? outcome : { ...after, from: outcome.from };
  });
}

async function run(units: UnitSession): Promise<UnitOutcome[]> {
  const { target, session, flags, operator } = units;
  if (flags.dryRun === true) return rehearse(units);
  return whileEnding(target, { actor: actorOf(flags), signal: session.signal }, async () => {
    const result = await takeBack(units);
    return { result, isAllOff: await isAllOff(operator) };
  });
}

async function rehearse(units: UnitSession): Promise<UnitOutcome[]> {
  const outcomes = await changeStages(
    units,
    { live: "reverse", rampdown: "reverse", dualwrite: "cancel", shadow: "cancel" },
    { fallback: "cancel", skipsOthers: true },
  );
  return outcomes.map((outcome) =>
    outcome.outcome === "would" ? { ...outcome, to: "off" } : outcome,
  );
}

/** `cutover rollback` of units: their old store holds everything, and goes on alone. */
export async function rollbackUnits(found: UnitTarget, merges: boolean): Promise<Answer> {
  if (merges) {
    throw new UsageError(
      "--merge is for folders that move as a whole; here the old store is kept up",
    );
  }
  checkBegun(found);
  const { session, flags, target, chosen } = found;
  const { from } = hopOf(target.project.config);
  const old = from === "json" ? "JSON files" : "database";
  await session.confirm(
    `Put the ${old} of ${chosen.map(({ name }) => name).join(", ")} in ${target.folder} back in charge?`,
    flags.yes === true || flags.dryRun === true,
  );
  const outcomes = await withUnits(found, run);
  printOutcomes(outcomes, found);
  return unitsAnswer(outcomes, found, {
    nextVerb: flags.dryRun === true ? "rollback" : "start",
  });
}
