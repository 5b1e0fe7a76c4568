import type { Answer } from "../output/answer.ts";
import { UsageError } from "../output/error-report.ts";
import { shellWord } from "../output/shell-word.ts";
import {
  plannedRestore,
  restoreUnits as run,
  type UnitsRestore,
  type UnitsRestoreReport,
} from "../units/restore-units.ts";
import type { Session } from "./command.ts";
import type { FolderTarget } from "./folder-target.ts";
import { actorOf, type MoveFlags } from "./unit-flags.ts";

/** A backup of units, and the folder that is to have it. */
export interface RestoreRequest {
  readonly target: FolderTarget;
  readonly session: Session;
  readonly flags: MoveFlags;
  readonly from: string;
}

function rehearsed({ target, session, from }: RestoreRequest, aims: object): Answer {
  session.output.line("Nothing was changed: this was a rehearsal. The backup is whole.");
  return {
    ok: true,
    canAdvance: true,
    blockedBy: [],
    reversible: true,
    nextSteps: [`cutover restore ${target.word} ${shellWord(from)}`],
    details: { folder: target.folder, from, dryRun: true, units: aims },
  };
}

function answerOf({ target, from }: RestoreRequest, report: UnitsRestoreReport): Answer {
  const { word } = target;
  const copies = report.units.some(({ needsBackfill }) => needsBackfill);
  return {
    ok: true,
    canAdvance: true,
    blockedBy: [],
    reversible: report.keptAside.length > 0,
    nextSteps: [...(copies ? [`cutover backfill ${word}`] : []), `cutover status ${word}`],
    details: { folder: target.folder, from, ...report },
  };
}

/** `cutover restore` of a backup of units: both stores, with every stage under a new epoch. */
export async function restoreUnits(request: RestoreRequest): Promise<Answer> {
  const { target, session, flags, from } = request;
  const { project } = target;
  if (project.source === "inferred")
    throw new UsageError(
      `${from} is a backup of units, and ${target.folder} has no config that defines any; put the config it was made with there`,
    );
  const restore: UnitsRestore = {
    project,
    target,
    from,
    actor: actorOf(flags),
    signal: session.signal,
  };
  const aims = await plannedRestore(restore);
  const rows = aims.map(({ unit, stage }) => [unit.name, stage]);
  session.output.table([{ title: "unit" }, { title: "comes to" }], rows);
  if (flags.dryRun === true)
    return rehearsed(
      request,
      aims.map(({ unit, stage }) => ({ unit: unit.name, stage })),
    );
  await session.confirm(
    `Replace both stores of ${target.folder} by the backup ${from}? What is there is kept aside.`,
    flags.yes ?? false,
  );
  const report = await run(restore);
  const { output } = session;
  output.line(`${target.folder} holds what ${from} holds.`);
  for (const path of report.keptAside) output.line(`What was there before is kept as ${path}.`);
  return answerOf(request, report);
}
