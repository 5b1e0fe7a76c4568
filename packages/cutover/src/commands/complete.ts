import { hasFilesToRetire, retireFiles } from "../units/retire-files.ts";
import type { CliCommand } from "./command.ts";
import { stageCommand } from "./stage-verb.ts";
import { finished, type UnitOutcome } from "./unit-outcome.ts";
import type { UnitSession } from "./unit-session.ts";

async function confirm({
  chosen,
  operator,
  session,
  flags,
  target,
  stores,
}: UnitSession): Promise<void> {
  const last: string[] = [];
  for (const unit of chosen) {
    const { record, blockedBy } = await operator.status(unit);
    const isOpen = blockedBy.length === 0 || flags.force === true;
    if (record.stage === "rampdown" && isOpen) last.push(unit.name);
  }
  await session.confirm(
    `Give up ${stores.hop.from === "json" ? "the JSON files" : "the database's copy"} of ${last.join(", ")} in ${target.folder}? There is no way back then.`,
    flags.yes === true || last.length === 0,
  );
}

/** A database is one file for all: it is told of, and stays. */
function tellOfDatabase({ target, session, all }: UnitSession, stages: readonly string[]): void {
  if (stages.length < all.length || stages.some((stage) => stage !== "complete")) return;
  session.output.line(`${target.databasePath} stays as it is; nobody reads or writes it any more.`);
}

/** Units whose command died after the last change of stage. */
async function unretired({ chosen, operator, target, stores }: UnitSession): Promise<Set<string>> {
  const found = new Set<string>();
  if (stores.hop.from !== "json") return found;
  for (const unit of chosen) {
    const { stage } = await operator.record(unit);
    if (stage === "complete" && (await hasFilesToRetire(target.folder, unit))) found.add(unit.name);
  }
  return found;
}

async function retireCompleted({ chosen, operator, session, target }: UnitSession): Promise<void> {
  const { folder } = target;
  for (const unit of chosen) {
    if ((await operator.record(unit)).stage !== "complete") continue;
    for (const { file, keptAs } of await retireFiles(folder, unit, session.signal)) {
      session.output.line(
        keptAs === undefined
          ? `${file} stays: more than the records of ${unit.name} may lie in it.`
          : `${file} is kept as ${keptAs}.`,
      );
    }
  }
}

async function around(
  units: UnitSession,
  work: () => Promise<UnitOutcome[]>,
): Promise<UnitOutcome[]> {
  await confirm(units);
  const left = await unretired(units);
  const outcomes = await work();
  if (units.stores.hop.from === "json") await retireCompleted(units);
  else {
    const records = units.all.map((unit) => units.operator.record(unit));
    tellOfDatabase(
      units,
      (await Promise.all(records)).map(({ stage }) => stage),
    );
  }
  return finished(outcomes, left);
}

/** `cutover complete`: first lets the time to go back run out, then gives the old store up. */
export const completeCommand: CliCommand = stageCommand({
  name: "complete",
  description: "let the time to go back run out; when it has, again: give the old store up",
  actions: { live: "ramp down", rampdown: "complete" },
  fallback: "complete",
  isGated: true,
  isDestructive: true,
  // The time to go back runs now: what can be typed next is what `status` says.
  nextVerb: undefined,
  around,
});
