import { verify as run, type VerifyReport } from "../migration/verify.ts";
import type { Answer, Blocker } from "../output/answer.ts";
import { formatAmount } from "../output/quantity.ts";
import type { CliCommand, Session } from "./command.ts";
import { folderTarget } from "./folder-target.ts";
import { differencesInWords, printDifferences } from "./print-comparisons.ts";
import { printFindings } from "./print-findings.ts";
import { withProgress } from "./show-progress.ts";
import { withUnitOptions, type MoveFlags } from "./unit-flags.ts";
import { gradualTarget } from "./unit-session.ts";
import { verifyUnits } from "./verify-units.ts";

function blockersOf(report: VerifyReport): Blocker[] {
  const blockers: Blocker[] = [];
  if (report.integrity.length > 0) {
    const message = `SQLite finds the database damaged: ${report.integrity[0] ?? ""}`;
    blockers.push({ code: "CORRUPT_DATA", message });
  }
  if (report.edited.length > 0) {
    const files = report.edited.map(({ file, state }) => `${file} (${state})`).join(", ");
    blockers.push({ code: "originals-edited", message: `changed since the migration: ${files}` });
  }
  const words = differencesInWords(report.comparisons);
  if (words !== undefined && !report.isWrittenSince) {
    const message = `the database differs from the files it was made of, though nobody wrote to it: ${words}`;
    blockers.push({ code: "DIVERGED", message });
  }
  if (report.findings.count > 0) {
    const message = `${formatAmount(report.findings.count, "finding")} in the files`;
    blockers.push({ code: "CORRUPT_DATA", message });
  }
  return blockers;
}

function printReport(report: VerifyReport, { output }: Session): void {
  if (report.backend === "json") {
    output.line(
      "The JSON files are in charge; there is no second side. Every file was read to its end.",
    );
    printFindings(report.findings, output);
    return;
  }
  const records = report.comparisons.reduce((sum, { right }) => sum + right, 0);
  const words = differencesInWords(report.comparisons);
  output.line(`${formatAmount(records, "record")} compared with the originals, one by one.`);
  if (words === undefined)
    output.line("Both sides are the same: values, member order, record order.");
  else if (report.isWrittenSince) {
    output.line(`The database was written to since the migration. Since then: ${words}.`);
    output.line("(missing: deleted in the database; extra: new in it. This is no fault.)");
  }
  printDifferences(report.comparisons, output);
  if (report.integrity.length === 0) output.line("SQLite's own check finds the database whole.");
}

async function verify(
  folder: string | undefined,
  flags: MoveFlags,
  session: Session,
): Promise<Answer> {
  const units = await gradualTarget(folder, flags, session);
  if (units?.isBegun === true) return verifyUnits(units);
  const target = await folderTarget(folder, flags, session);
  const { signal, output } = session;
  const report = await withProgress(output, (onProgress) => run(target, { signal, onProgress }));
  printReport(report, session);
  const blockedBy = blockersOf(report);
  const { word } = target;
  const next = report.backend === "json" ? `cutover plan ${word}` : `cutover status ${word}`;
  return {
    ok: report.isSound,
    canAdvance: report.isSound,
    blockedBy,
    reversible: report.integrity.length === 0,
    nextSteps: report.edited.length > 0 ? [`cutover rollback ${word} --merge --dry-run`] : [next],
    exitCode: report.isSound ? 0 : 3,
    details: report,
  };
}

/** `cutover verify`: compares both sides record by record. */
export const verifyCommand: CliCommand = {
  name: "verify",
  register: (program, context) => {
    withUnitOptions(program.command("verify"))
      .description("compare both sides record by record; units that move: both their stores")
      .option("--actor <name>", "who; kept in the log (default: the user's name)")
      .action((folder: string | undefined, flags: MoveFlags) =>
        context.run("verify", (session) => verify(folder, flags, session)),
      );
  },
};
