import { rollback as run } from "../migration/rollback.ts";
import type { RollbackReport } from "../migration/rollback-report.ts";
import type { Answer } from "../output/answer.ts";
import { formatAmount, formatCount } from "../output/quantity.ts";
import type { CliCommand, Session } from "./command.ts";
import { folderTarget, type FolderTarget } from "./folder-target.ts";
import { differencesInWords, printDifferences } from "./print-comparisons.ts";
import { rollbackUnits } from "./rollback-units.ts";
import { withProgress } from "./show-progress.ts";
import { withUnitOptions, type MoveFlags } from "./unit-flags.ts";
import { gradualTarget } from "./unit-session.ts";

interface RollbackFlags extends MoveFlags {
  readonly merge?: boolean;
}

const printedConflicts = 20;

function printCollections({ collections }: RollbackReport, { output }: Session): void {
  output.table(
    [
      { title: "collection" },
      { title: "file" },
      { title: "records", align: "right" },
      { title: "added", align: "right" },
      { title: "changed", align: "right" },
      { title: "deleted", align: "right" },
      { title: "file is" },
    ],
    collections.map((collection) => {
      const { name, file, records, added, changed, deleted, isReordered } = collection;
      const counts = [records, added, changed, deleted].map(formatCount);
      const reordered = isReordered ? "rewritten, reordered" : "rewritten";
      return [name, file, ...counts, collection.isRewritten ? reordered : "untouched"];
    }),
  );
}

function printConflicts(report: RollbackReport, { output }: Session): void {
  const conflicts = report.merge?.conflicts ?? [];
  for (const { file, key, inFile, inDatabase } of conflicts.slice(0, printedConflicts)) {
    output.line(
      `  ${file}  ${JSON.stringify(key)}  ${inFile} in the file, ${inDatabase} in the database`,
    );
  }
  const more = conflicts.length - printedConflicts;
  if (more > 0) output.line(`  … and ${formatCount(more)} more`);
}

function refusedFor(report: RollbackReport): { code: string; message: string } {
  const files = report.edited.map(({ file, state }) => `${file} (${state})`).join(", ");
  if (report.outcome === "edited") {
    return {
      code: "originals-edited",
      message: `changed since the migration: ${files}. Nothing was changed; --merge takes edits over record by record`,
    };
  }
  if (report.outcome === "conflict") {
    const count = report.merge?.conflicts.length ?? 0;
    return {
      code: "DIVERGED",
      message: `${formatAmount(count, "record")} changed both in the files and in the database; nothing was changed. Make the file's record equal to the database's, or undo its edit, and try again`,
    };
  }
  const words = differencesInWords(report.verification) ?? "";
  return {
    code: "DIVERGED",
    message: `the files written do not equal the database (${words}); nothing was changed`,
  };
}

function refused(report: RollbackReport, { word }: FolderTarget): Answer {
  const blocker = refusedFor(report);
  const merge = report.outcome === "edited";
  return {
    ok: false,
    canAdvance: false,
    blockedBy: [blocker],
    reversible: true,
    nextSteps: merge
      ? [`cutover rollback ${word} --merge --dry-run`, `cutover rollback ${word} --merge`]
      : [`cutover status ${word}`],
    exitCode: 3,
    details: report,
  };
}

function done(report: RollbackReport, { word }: FolderTarget): Answer {
  const isRehearsed = report.outcome === "rehearsed";
  const merge = report.merge === undefined ? "" : " --merge";
  return {
    ok: true,
    canAdvance: true,
    blockedBy: [],
    reversible: true,
    nextSteps: [isRehearsed ? `cutover rollback ${word}${merge}` : `cutover migrate ${word}`],
    details: report,
  };
}

function printDone(report: RollbackReport, session: Session): void {
  const { output } = session;
  printCollections(report, session);
  const { merge } = report;
  output.line();
  if (merge !== undefined) {
    const count = merge.put + merge.deleted;
    output.line(`${formatAmount(count, "edit")} of the files taken over into the database.`);
  }
  if (report.outcome === "rehearsed") {
    output.line("Nothing was changed: this was a rehearsal.");
    return;
  }
  output.line(`The JSON files are in charge since epoch ${report.epoch}.`);
  if (report.aside !== undefined) output.line(`The database is kept as ${report.aside}.`);
}

async function rollback(
  folder: string | undefined,
  flags: RollbackFlags,
  session: Session,
): Promise<Answer> {
  const units = await gradualTarget(folder, flags, session);
  if (units?.isBegun === true) return rollbackUnits(units, flags.merge ?? false);
  const target = await folderTarget(folder, flags, session);
  const { signal, output } = session;
  const { merge = false, dryRun = false, yes = false } = flags;
  await session.confirm(
    `Write the JSON files of ${target.folder} anew from ${target.databasePath} and put them in charge?`,
    yes || dryRun,
  );
  const report = await withProgress(output, (onProgress) =>
    run(target, { signal, onProgress, merge, dryRun }),
  );
  for (const note of report.notes) output.warn(note);
  if (report.outcome === "rolled-back" || report.outcome === "rehearsed") {
    printDone(report, session);
    return done(report, target);
  }
  if (report.outcome === "different") printDifferences(report.verification, output);
  printConflicts(report, session);
  return refused(report, target);
}

/** `cutover rollback`: writes everything back into the JSON files and puts them in charge. */
export const rollbackCommand: CliCommand = {
  name: "rollback",
  register: (program, context) => {
    withUnitOptions(program.command("rollback"))
      .description("write everything back into the JSON files, verify it, put them in charge")
      .option("--dry-run", "write and compare, then throw it away; change nothing")
      .option("--merge", "take over edits of the JSON files, record by record")
      .option("--reason <text>", "why; kept in the log")
      .option("--actor <name>", "who; kept in the log (default: the user's name)")
      .option("--yes", "do not ask")
      .action((folder: string | undefined, flags: RollbackFlags) =>
        context.run("rollback", (session) => rollback(folder, flags, session)),
      );
  },
};
