import { stages, type UnitStatus } from "@cutover/engine";
import type { Answer } from "../output/answer.ts";
import { UsageError } from "../output/error-report.ts";
import { isNamed } from "../units/select-units.ts";
import type { ProjectUnit } from "../units/unit-plan.ts";
import { nothingToDo } from "./change-stage.ts";
import type { CliCommand, Session } from "./command.ts";
import { withMoveOptions, type MoveFlags } from "./unit-flags.ts";
import { printOutcomes, refusedOutcome, unitsAnswer, type UnitOutcome } from "./unit-outcome.ts";
import { UnitProgress } from "./unit-progress.ts";
import { checkBegun, unitTarget, withUnits, type UnitSession } from "./unit-session.ts";

interface BackfillFlags extends MoveFlags {
  readonly rate?: string;
  readonly stay?: boolean;
}

const fine = { blockedBy: [], exitCode: 0 } as const;

function rateOf({ rate }: BackfillFlags): number | undefined {
  if (rate === undefined) return undefined;
  const records = Number(rate);
  if (Number.isFinite(records) && records > 0) return records;
  throw new UsageError(`--rate takes a number of records a second, not "${rate}"`);
}

/** Copies a unit with its progress shown. @throws what the engine throws; the signal's reason */
async function copyUnit(
  { operator, session }: UnitSession,
  unit: ProjectUnit,
  recordsPerSecond: number | undefined,
): Promise<void> {
  const { signal, output } = session;
  const held =
    recordsPerSecond === undefined ? undefined : `held to ${recordsPerSecond}/s by --rate`;
  const lines = new UnitProgress(output, held);
  try {
    await operator.backfill(unit, {
      signal,
      recordsPerSecond,
      onProgress: (progress) => lines.report("copying", progress),
    });
  } finally {
    lines.end();
  }
}

/** At the first stage there is always something to copy; later only what was marked as a whole. */
function isWaiting({ record, uncopied }: UnitStatus, flags: BackfillFlags): boolean {
  if (record.stage === "dualwrite" || isNamed(flags)) return true;
  return stages[record.stage].mirror !== undefined && uncopied.length > 0;
}

async function backfillOne(
  units: UnitSession & { readonly flags: BackfillFlags },
  unit: ProjectUnit,
): Promise<UnitOutcome> {
  const { operator, flags, target, session } = units;
  const status = await operator.status(unit);
  const { stage: from, epoch } = status.record;
  const at = { unit: unit.name, from, epoch };
  const advances = from === "dualwrite" && flags.stay !== true;
  const to = advances ? "shadow" : from;
  if (!isWaiting(status, flags)) return { ...at, outcome: "skipped", to: from, ...fine };
  if (flags.dryRun === true) return { ...at, outcome: "would", to, ...fine };
  try {
    await copyUnit(units, unit, rateOf(flags));
    if (!advances) return { ...at, outcome: "done", to, ...fine };
    const { reason } = flags;
    const { after, frozenMs } = await operator.advance(unit, { reason, signal: session.signal });
    return { ...at, outcome: "done", to: after.stage, ...fine, epoch: after.epoch, frozenMs };
  } catch (error) {
    return refusedOutcome(error, at, target.word);
  }
}

async function backfill(
  folder: string | undefined,
  flags: BackfillFlags,
  session: Session,
): Promise<Answer> {
  rateOf(flags);
  const found = await unitTarget(folder, flags, session);
  checkBegun(found);
  const outcomes = await withUnits(found, async (units) => {
    const done: UnitOutcome[] = [];
    for (const unit of units.chosen) {
      session.signal.throwIfAborted();
      done.push(await backfillOne({ ...units, flags }, unit));
    }
    return done;
  });
  printOutcomes(outcomes, found);
  const rehearsed = flags.dryRun === true;
  const nextVerb = rehearsed || flags.stay === true ? "backfill" : "verify";
  return nothingToDo("backfill", outcomes, found) ?? unitsAnswer(outcomes, found, { nextVerb });
}

/** `cutover backfill`: copies everything while writers go on. */
export const backfillCommand: CliCommand = {
  name: "backfill",
  register: (program, context) => {
    withMoveOptions(program.command("backfill"))
      .description("copy everything of units while the application goes on; then compare reads")
      .option("--rate <records>", "copy at most so many records a second")
      .option("--stay", "do not go on to the stage in which reads are compared")
      .action((folder: string | undefined, flags: BackfillFlags) =>
        context.run("backfill", (session) => backfill(folder, flags, session)),
      );
  },
};
