import { checkLocalHop } from "../hop/check-local-hop.ts";
import type { Answer } from "../output/answer.ts";
import { UsageError } from "../output/error-report.ts";
import { formatCount } from "../output/quantity.ts";
import type { BackendKind } from "../state/migration-record.ts";
import { rebuildControl, type FoundUnit, type RebuildReport } from "../units/rebuild-control.ts";
import type { Session } from "./command.ts";
import type { FolderTarget } from "./folder-target.ts";
import { actorOf, type MoveFlags } from "./unit-flags.ts";

/** What `doctor` accepts. */
export interface DoctorFlags extends MoveFlags {
  readonly rebuildControl?: boolean;
  readonly authority?: string;
}

function authorityOf({ authority }: DoctorFlags): BackendKind | undefined {
  if (authority === undefined || authority === "json" || authority === "sqlite") return authority;
  throw new UsageError(`--authority takes json or sqlite, not "${authority}"`);
}

function print(found: readonly FoundUnit[], { output }: Session): void {
  output.table(
    [
      { title: "unit" },
      { title: "comes to" },
      { title: "differing", align: "right" },
      { title: "" },
    ],
    found.map(({ unit, stage = "?", differing, doubt }) => [
      unit,
      stage,
      formatCount(differing),
      doubt === undefined ? "both stores agree about it" : `decided by hand: ${doubt}`,
    ]),
  );
}

function answerOf({ word, folder }: FolderTarget, report: RebuildReport, dryRun: boolean): Answer {
  const copies = report.units.some(({ needsBackfill }) => needsBackfill);
  return {
    ok: true,
    canAdvance: true,
    blockedBy: [],
    reversible: true,
    nextSteps: dryRun
      ? [`cutover doctor ${word} --rebuild-control --yes`]
      : [...(copies ? [`cutover backfill ${word}`] : []), `cutover status ${word}`],
    details: { folder, dryRun, ...report },
  };
}

/** `cutover doctor --rebuild-control`: makes a control store that is lost anew. */
export async function rebuild(
  target: FolderTarget,
  flags: DoctorFlags,
  session: Session,
): Promise<Answer> {
  const { project, folder } = target;
  const { output, signal } = session;
  checkLocalHop(project, "doctor --rebuild-control");
  const isRehearsal = flags.dryRun === true;
  const work = { project, target, actor: actorOf(flags), authority: authorityOf(flags), signal };
  if (!isRehearsal)
    await session.confirm(
      `Make the control store of ${folder} anew, from what both stores say of themselves? Both are copied aside first.`,
      flags.yes ?? false,
    );
  const report = await rebuildControl(work, { isRehearsal });
  print(report.found, session);
  output.line(
    isRehearsal
      ? "Nothing was changed: this was a rehearsal."
      : `The control store was made anew. Both stores were copied to ${report.keptAside} before.`,
  );
  return answerOf(target, report, isRehearsal);
}
