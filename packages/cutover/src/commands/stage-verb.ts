import type { StageAction } from "@cutover/engine";
import type { Answer } from "../output/answer.ts";
import { changeStages, nothingToDo, type StageActions } from "./change-stage.ts";
import type { CliCommand, Session } from "./command.ts";
import { checkForce, withForce, withMoveOptions, type MoveFlags } from "./unit-flags.ts";
import { printOutcomes, unitsAnswer, type UnitOutcome } from "./unit-outcome.ts";
import {
  checkBegun,
  unitTarget,
  withUnits,
  type SessionOptions,
  type UnitSession,
} from "./unit-session.ts";

/** A verb that takes units from one stage to another. */
export interface StageVerb extends SessionOptions {
  readonly name: string;
  readonly description: string;
  readonly actions: StageActions;
  /** What is tried, and refused, for a unit that was named and is at another stage. */
  readonly fallback: StageAction;
  /** Whether a gate stands in front of it. */
  readonly isGated: boolean;
  /** Whether it takes `--yes`. Default: false. */
  readonly isDestructive?: boolean;
  /** The verb to type next. */
  readonly nextVerb: string | undefined;
  /** What stands around the changes. Default: nothing. */
  readonly around?: (
    units: UnitSession,
    work: () => Promise<UnitOutcome[]>,
  ) => Promise<UnitOutcome[]>;
}

async function run(
  verb: StageVerb,
  folder: string | undefined,
  { flags, session }: { readonly flags: MoveFlags; readonly session: Session },
): Promise<Answer> {
  checkForce(flags);
  const found = await unitTarget(folder, flags, session);
  checkBegun(found);
  const outcomes = await withUnits(
    found,
    (units) => {
      const work = (): Promise<UnitOutcome[]> => changeStages(units, verb.actions, verb);
      return verb.around === undefined || flags.dryRun === true ? work() : verb.around(units, work);
    },
    verb,
  );
  printOutcomes(outcomes, found);
  const nextVerb = flags.dryRun === true ? verb.name : verb.nextVerb;
  return nothingToDo(verb.name, outcomes, found) ?? unitsAnswer(outcomes, found, { nextVerb });
}

/** The command of a verb that takes units from one stage to another. */
export function stageCommand(verb: StageVerb): CliCommand {
  const { name, description, isGated } = verb;
  return {
    name,
    register: (program, context) => {
      const command = withMoveOptions(program.command(name)).description(description);
      if (verb.isDestructive === true) command.option("--yes", "do not ask");
      (isGated ? withForce(command) : command).action(
        (folder: string | undefined, flags: MoveFlags) =>
          context.run(name, (session) => run(verb, folder, { flags, session })),
      );
    },
  };
}
