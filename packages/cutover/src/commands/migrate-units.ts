import { stages } from "@cutover/engine";
import type { Answer } from "../output/answer.ts";
import { UsageError } from "../output/error-report.ts";
import { whileStarting } from "../units/record-move.ts";
import type { ProjectUnit } from "../units/unit-plan.ts";
import { WalkToLive } from "../units/walk-to-live.ts";
import { changeStages } from "./change-stage.ts";
import { actorOf } from "./unit-flags.ts";
import { printOutcomes, refusedOutcome, unitsAnswer, type UnitOutcome } from "./unit-outcome.ts";
import { destinationOf } from "./plan-hop.ts";
import { UnitProgress } from "./unit-progress.ts";
import { withUnits, type UnitSession, type UnitTarget } from "./unit-session.ts";

const fine = { blockedBy: [], exitCode: 0 } as const;
const verbs = { copy: "copying", compare: "comparing" } as const;

async function moveOne(
  units: UnitSession,
  unit: ProjectUnit,
  started: UnitOutcome,
): Promise<UnitOutcome> {
  const { operator, session, flags, target } = units;
  const at = { unit: unit.name, from: started.from, epoch: started.epoch };
  const lines = new UnitProgress(session.output);
  try {
    const walk = new WalkToLive(operator, {
      reason: flags.reason,
      compare: target.project.config.cutover?.compare,
      signal: session.signal,
      onProgress: (phase, progress) => lines.report(verbs[phase], progress),
    });
    const { stage: to, epoch } = await walk.take(unit);
    return { ...at, outcome: to === started.from ? "skipped" : "done", to, epoch, ...fine };
  } catch (error) {
    return refusedOutcome(error, at, target.word);
  } finally {
    lines.end();
  }
}

async function move(units: UnitSession): Promise<UnitOutcome[]> {
  const { target, stores, flags, session } = units;
  const started = await whileStarting(target, stores, {
    options: { actor: actorOf(flags), signal: session.signal },
    work: () => changeStages(units, { off: "start" }, { fallback: "start", skipsOthers: true }),
  });
  const outcomes: UnitOutcome[] = [];
  for (const [index, unit] of units.chosen.entries()) {
    session.signal.throwIfAborted();
    const start = started[index];
    if (start === undefined) continue;
    outcomes.push(start.outcome === "refused" ? start : await moveOne(units, unit, start));
  }
  return outcomes;
}

async function confirm({ session, flags, target, chosen }: UnitTarget): Promise<void> {
  const destination = destinationOf({ target });
  await session.confirm(
    `Move ${chosen.map(({ name }) => name).join(", ")} of ${target.folder} into ${destination}?`,
    flags.yes === true || !session.isInteractive,
  );
}

/** `cutover migrate` of units: the whole way in one command, each step with its gate. */
export async function migrateUnits(found: UnitTarget, isQuarantined: boolean): Promise<Answer> {
  if (isQuarantined) {
    throw new UsageError(
      "--quarantine is for folders that move as a whole; mend the records first",
    );
  }
  await confirm(found);
  const outcomes = await withUnits(found, move);
  printOutcomes(outcomes, found);
  const answer = unitsAnswer(outcomes, found, {});
  const isLive = outcomes.every(({ to }) => stages[to].authority === "new");
  const { word } = found.target;
  return isLive
    ? { ...answer, nextSteps: [`cutover status ${word}`, `cutover rollback ${word}`] }
    : answer;
}
