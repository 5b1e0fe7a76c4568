import type { Answer } from "../output/answer.ts";
import { UsageError } from "../output/error-report.ts";
import type { Ailment } from "../units/ailment.ts";
import { diagnose } from "../units/diagnose.ts";
import type { CliCommand, Session } from "./command.ts";
import { folderTarget } from "./folder-target.ts";
import { rebuild, type DoctorFlags } from "./rebuild-control.ts";
import { withFolder } from "./unit-command.ts";

async function doctor(
  folder: string | undefined,
  flags: DoctorFlags,
  session: Session,
): Promise<Answer> {
  const target = await folderTarget(folder, flags, session);
  if (flags.rebuildControl === true) return rebuild(target, flags, session);
  if (flags.authority !== undefined || flags.dryRun === true)
    throw new UsageError("--authority and --dry-run go with --rebuild-control; doctor only reads");
  const findings = await diagnose(target.project);
  const { output } = session;
  const stepOf = ({ remedy }: Ailment): string[] =>
    remedy === undefined ? [] : [withFolder(`cutover ${remedy}`, target.word)];
  for (const finding of findings) {
    output.line(`${finding.weight}  ${finding.code}: ${finding.message}`);
    for (const step of stepOf(finding)) output.line(`    ${step}`);
  }
  if (findings.length === 0) output.line("Nothing is wrong.");
  const broken = findings.filter(({ weight }) => weight === "broken");
  const steps = [...new Set(findings.flatMap(stepOf))];
  return {
    ok: broken.length === 0,
    canAdvance: broken.length === 0,
    blockedBy: broken.map(({ code, message }) => ({ code, message })),
    reversible: broken.length === 0,
    nextSteps: steps.length === 0 ? [`cutover status ${target.word}`] : steps,
    exitCode: broken.length === 0 ? 0 : 3,
    details: { folder: target.folder, findings },
  };
}

/** `cutover doctor`: what is not as it should be, and what mends it. */
export const doctorCommand: CliCommand = {
  name: "doctor",
  register: (program, context) => {
    program
      .command("doctor")
      .description("look for what is not as it should be, and say what mends it")
      .argument("[folder]", "the data folder; default: that of the nearest config file")
      .option("--config <file>", "the config file that describes the folder")
      .option("--rebuild-control", "make a lost control store anew from what both stores say")
      .option("--authority <store>", "json or sqlite: the right one where that cannot be told")
      .option("--dry-run", "with --rebuild-control: only show what it would come to")
      .option("--actor <name>", "who; kept in the log (default: the user's name)")
      .option("--yes", "do not ask")
      .action((folder: string | undefined, flags: DoctorFlags) =>
        context.run("doctor", (session) => doctor(folder, flags, session)),
      );
  },
};
