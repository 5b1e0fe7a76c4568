import { migrate as run } from "../migration/migrate.ts";
import type { MigrateReport } from "../migration/migrate-report.ts";
import type { Answer, Blocker } from "../output/answer.ts";
import { formatAmount, formatBytes, formatCount, formatDuration } from "../output/quantity.ts";
import type { CliCommand, Session } from "./command.ts";
import { folderTarget, type FolderTarget } from "./folder-target.ts";
import { leftOutBlockers, leftOutSteps } from "./left-out.ts";
import { migrateUnits } from "./migrate-units.ts";
import { plan } from "./plan.ts";
import { differencesInWords, printDifferences } from "./print-comparisons.ts";
import { printFindings } from "./print-findings.ts";
import { withProgress } from "./show-progress.ts";
import { withUnitOptions, type MoveFlags } from "./unit-flags.ts";
import { gradualTarget } from "./unit-session.ts";
import { unclaimedFiles } from "./unclaimed-files.ts";

interface MigrateFlags extends MoveFlags {
  readonly quarantine?: boolean;
}

function printMigrated(report: MigrateReport, { output }: Session): void {
  output.table(
    [
      { title: "collection" },
      { title: "file" },
      { title: "records", align: "right" },
      { title: "set aside", align: "right" },
    ],
    report.collections.map(({ name, file, exists, records, quarantined }) =>
      exists
        ? [name, file, formatCount(records), formatCount(quarantined)]
        : [name, file, "–", "no file"],
    ),
  );
  const records = report.collections.reduce((sum, collection) => sum + collection.records, 0);
  const { copyMs, verifyMs } = report.timings;
  output.line();
  output.line(
    `${formatAmount(records, "record")} (${formatBytes(report.sizeBytes)}) copied in ` +
      `${formatDuration(copyMs)}, verified record by record in ${formatDuration(verifyMs)}.`,
  );
  for (const path of report.quarantines) output.line(`Records set aside: ${path}`);
  output.line(`The database ${report.database} is in charge since epoch ${report.epoch}.`);
  output.line("The JSON files are untouched; rollback brings them up to date and back in charge.");
}

const migrated = (report: MigrateReport, { word }: FolderTarget): Answer => ({
  ok: true,
  canAdvance: true,
  blockedBy: [],
  reversible: true,
  nextSteps: [`cutover verify ${word}`, `cutover status ${word}`, `cutover rollback ${word}`],
  details: report,
});

function dirty(report: MigrateReport, { word }: FolderTarget): Answer {
  const { count, blocking } = report.findings;
  const canQuarantine = blocking === 0;
  const message = canQuarantine
    ? `${formatAmount(count, "finding")} in records that cannot be taken over as they are; nothing was changed. Mend them, or set them aside with --quarantine`
    : `${formatAmount(blocking, "file")} cannot be read to the end; nothing was changed. Mend what is listed first`;
  return {
    ok: false,
    canAdvance: false,
    blockedBy: [{ code: canQuarantine ? "dirty-records" : "corrupt-file", message }],
    reversible: true,
    nextSteps: [canQuarantine ? `cutover migrate ${word} --quarantine` : `cutover plan ${word}`],
    exitCode: 3,
    details: report,
  };
}

function different(report: MigrateReport, { word }: FolderTarget): Answer {
  const words = differencesInWords(report.verification) ?? "";
  const message = `the copy does not equal the files (${words}); nothing was changed`;
  return {
    ok: false,
    canAdvance: false,
    blockedBy: [{ code: "DIVERGED", message }],
    reversible: true,
    nextSteps: [`cutover migrate ${word}`],
    exitCode: 3,
    details: report,
  };
}

const leavingBehind = (blockedBy: readonly Blocker[], target: FolderTarget): Answer => ({
  ok: false,
  canAdvance: false,
  blockedBy,
  reversible: true,
  nextSteps: leftOutSteps(target),
  exitCode: 4,
  details: { folder: target.folder, notes: target.project.notes },
});

async function migrate(
  folder: string | undefined,
  flags: MigrateFlags,
  session: Session,
): Promise<Answer> {
  if (flags.dryRun === true) return plan(folder, flags, session, true);
  const units = await gradualTarget(folder, flags, session);
  if (units !== undefined) return migrateUnits(units, flags.quarantine ?? false);
  const target = await folderTarget(folder, flags, session);
  const leftOut = leftOutBlockers(target);
  if (leftOut.length > 0) return leavingBehind(leftOut, target);
  const { signal, output } = session;
  // Nothing is lost by it, so a script needs no flag; at a terminal a slip of the hand is caught.
  await session.confirm(
    `Copy the JSON files of ${target.folder} into ${target.databasePath} and put the database in charge?`,
    flags.yes === true || !session.isInteractive,
  );
  const report = await withProgress(output, (onProgress) =>
    run(target, { signal, onProgress, quarantine: flags.quarantine ?? false }),
  );
  for (const note of report.notes) output.warn(note);
  printFindings(report.findings, output);
  if (report.outcome === "dirty") return dirty(report, target);
  if (report.outcome === "different") {
    printDifferences(report.verification, output);
    return different(report, target);
  }
  printMigrated(report, session);
  const notes = [...target.project.notes, ...(await unclaimedFiles(target))];
  for (const note of notes) output.line(`note: ${note}`);
  return migrated(report, target);
}

/** `cutover migrate`: moves a folder to a database, verified, in one step. */
export const migrateCommand: CliCommand = {
  name: "migrate",
  register: (program, context) => {
    withUnitOptions(program.command("migrate"))
      .description("copy the JSON files into a database, verify every record, put it in charge")
      .option("--dry-run", "show what would be moved and what blocks it; change nothing")
      .option("--quarantine", "set records aside that cannot be taken over, and migrate the rest")
      .option("--reason <text>", "why; kept in the log")
      .option("--actor <name>", "who; kept in the log (default: the user's name)")
      .option("--yes", "do not ask, also at a terminal")
      .action((folder: string | undefined, flags: MigrateFlags) =>
        context.run("migrate", (session) => migrate(folder, flags, session)),
      );
  },
};
