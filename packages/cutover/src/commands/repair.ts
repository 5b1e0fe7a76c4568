import type { RepairReport, RepairStep } from "@cutover/engine";
import type { Answer } from "../output/answer.ts";
import { UsageError } from "../output/error-report.ts";
import { isNamed } from "../units/select-units.ts";
import type { ProjectUnit } from "../units/unit-plan.ts";
import type { CliCommand, Session } from "./command.ts";
import { commandFor } from "./unit-command.ts";
import { withMoveOptions, type MoveFlags } from "./unit-flags.ts";
import { refusedOutcome } from "./unit-outcome.ts";
import { checkBegun, unitTarget, withUnits, type UnitSession } from "./unit-session.ts";

interface RepairFlags extends MoveFlags {
  readonly adopt?: boolean;
  readonly discard?: boolean;
}

interface Repaired {
  readonly unit: string;
  readonly report?: RepairReport;
  readonly blockedBy: readonly { readonly code: string; readonly message: string }[];
  readonly exitCode: number;
  readonly nextStep?: string | undefined;
}

function judged(report: RepairReport, isRehearsal: boolean): Repaired {
  const { unit, left, steps } = report;
  const open = isRehearsal
    ? steps
        .filter(({ action }) => action === "decide")
        .map(({ mismatch }) => ({
          mismatch,
          why: "somebody else wrote it to the mirror: decide with --discard or --adopt",
        }))
    : left;
  const blockedBy = open.map(({ mismatch: { collection, key }, why }) => ({
    code: "mismatches",
    message: `${collection}${key === undefined ? "" : ` ${JSON.stringify(key)}`}: ${why}`,
  }));
  return { unit, report, blockedBy, exitCode: blockedBy.length === 0 ? 0 : 3 };
}

async function repairOne(
  units: UnitSession & { readonly flags: RepairFlags },
  unit: ProjectUnit,
): Promise<Repaired> {
  const { operator, session, flags, target } = units;
  const { stage: from, epoch } = await operator.record(unit);
  const { dryRun = false, adopt = false, discard = false } = flags;
  const { compare } = target.project.config.cutover ?? {};
  try {
    const report = await operator.repair(unit, {
      ...(compare === undefined ? {} : { compare }),
      signal: session.signal,
      dryRun,
      adopt,
      discard,
    });
    return judged(report, dryRun);
  } catch (error) {
    return refusedOutcome(error, { unit: unit.name, from, epoch }, target.word);
  }
}

function rowOf({ mismatch, action }: RepairStep): string[] {
  const { unit, collection, key, kind } = mismatch;
  return [unit, collection, key ?? "(whole)", kind, action];
}

async function repair(
  folder: string | undefined,
  flags: RepairFlags,
  session: Session,
): Promise<Answer> {
  if (flags.adopt === true && flags.discard === true) {
    throw new UsageError("--adopt and --discard contradict one another; choose one");
  }
  const found = await unitTarget(folder, flags, session);
  checkBegun(found);
  const results = await withUnits(found, async (units) => {
    const done: Repaired[] = [];
    for (const unit of units.chosen) {
      const { backfilled } = await units.operator.record(unit);
      if (backfilled || isNamed(flags)) done.push(await repairOne({ ...units, flags }, unit));
    }
    return done;
  });
  const { output } = session;
  const steps = results.flatMap(({ report }) => report?.steps ?? []);
  const titles = ["unit", "collection", "key", "what", "repair"].map((title) => ({ title }));
  output.table(titles, steps.map(rowOf));
  const isRefused = results.some(({ report }) => report === undefined);
  if (steps.length === 0 && !isRefused) output.line("No mismatch is open.");
  if (flags.dryRun === true) output.line("Nothing was changed: this was a rehearsal.");
  const failed = results.find(({ exitCode }) => exitCode !== 0);
  const { target, all } = found;
  const some = results.map(({ unit }) => unit);
  const own = commandFor(flags.dryRun === true ? "repair" : "verify", target.word, { some, all });
  return {
    ok: failed === undefined,
    canAdvance: failed === undefined,
    blockedBy: results.flatMap(({ blockedBy }) => blockedBy),
    reversible: true,
    nextSteps: [...new Set([...results.flatMap(({ nextStep }) => nextStep ?? []), own])],
    exitCode: failed?.exitCode ?? 0,
    details: {
      folder: target.folder,
      units: results.map(({ unit, report, exitCode }) => ({ unit, exitCode, ...report })),
    },
  };
}

/** `cutover repair`: makes the second store equal where a comparison found differences. */
export const repairCommand: CliCommand = {
  name: "repair",
  register: (program, context) => {
    withMoveOptions(program.command("repair"))
      .description("make the second store equal to the one in charge where mismatches are open")
      .option("--discard", "what somebody else wrote to the second store is overwritten")
      .option("--adopt", "what somebody else wrote to the second store is right, and taken over")
      .action((folder: string | undefined, flags: RepairFlags) =>
        context.run("repair", (session) => repair(folder, flags, session)),
      );
  },
};
