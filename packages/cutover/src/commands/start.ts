import type { Answer } from "../output/answer.ts";
import { whileStarting } from "../units/record-move.ts";
import { changeStages, nothingToDo } from "./change-stage.ts";
import type { CliCommand, Session } from "./command.ts";
import { actorOf, withMoveOptions, type MoveFlags } from "./unit-flags.ts";
import { printOutcomes, unitsAnswer, type UnitOutcome } from "./unit-outcome.ts";
import { unitTarget, withUnits, type UnitTarget } from "./unit-session.ts";

/** Where nothing was ever started, looking must not make a control store. */
function untouched({ chosen }: UnitTarget): UnitOutcome[] {
  return chosen.map(({ name }) => ({
    unit: name,
    outcome: "would",
    from: "off",
    to: "dualwrite",
    epoch: 0,
    blockedBy: [],
    exitCode: 0,
  }));
}

async function outcomesOf(found: UnitTarget): Promise<UnitOutcome[]> {
  const { flags, session, target, isBegun } = found;
  const isRehearsal = flags.dryRun === true;
  if (isRehearsal && !isBegun) return untouched(found);
  const { signal } = session;
  return withUnits(found, async (units) => {
    const work = (): Promise<UnitOutcome[]> =>
      changeStages(units, { off: "start" }, { fallback: "start" });
    if (isRehearsal) return work();
    return whileStarting(target, units.stores, {
      options: { actor: actorOf(flags), signal },
      work,
    });
  });
}

async function start(
  folder: string | undefined,
  flags: MoveFlags,
  session: Session,
): Promise<Answer> {
  const found = await unitTarget(folder, flags, session);
  const outcomes = await outcomesOf(found);
  printOutcomes(outcomes, found);
  const refused = nothingToDo("start", outcomes, found);
  return (
    refused ??
    unitsAnswer(outcomes, found, { nextVerb: flags.dryRun === true ? "start" : "backfill" })
  );
}

/** `cutover start`: from now on every write reaches both stores. */
export const startCommand: CliCommand = {
  name: "start",
  register: (program, context) => {
    withMoveOptions(program.command("start"))
      .description("begin to move units: from now on every write reaches both stores")
      .action((folder: string | undefined, flags: MoveFlags) =>
        context.run("start", (session) => start(folder, flags, session)),
      );
  },
};
