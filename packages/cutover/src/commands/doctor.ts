import type { Answer } from "../output/answer.ts";
import { diagnose, type Ailment } from "../units/diagnose.ts";
import type { CliCommand, Session } from "./command.ts";
import { folderTarget, type FolderFlags } from "./folder-target.ts";
import { withFolder } from "./unit-command.ts";

async function doctor(
  folder: string | undefined,
  flags: FolderFlags,
  session: Session,
): Promise<Answer> {
  const target = await folderTarget(folder, flags, session);
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
      .description("look for what is not as it should be, and say what mends it; reads only")
      .argument("[folder]", "the data folder; default: that of the nearest config file")
      .option("--config <file>", "the config file that describes the folder")
      .action((folder: string | undefined, flags: FolderFlags) =>
        context.run("doctor", (session) => doctor(folder, flags, session)),
      );
  },
};
