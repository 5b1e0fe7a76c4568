import { resolve } from "node:path";
import { backUp } from "../migration/back-up.ts";
import type { Answer } from "../output/answer.ts";
import { formatAmount, formatBytes } from "../output/quantity.ts";
import { shellWord } from "../output/shell-word.ts";
import { chosenBackend } from "../state/migration-record.ts";
import { backupUnits } from "./backup-units.ts";
import type { CliCommand, Session } from "./command.ts";
import { folderTarget, type FolderTarget } from "./folder-target.ts";
import type { MoveFlags } from "./unit-flags.ts";
import { unitTarget } from "./unit-session.ts";
import { checkFree } from "../units/back-up-units.ts";

async function backup(
  folder: string,
  destination: string,
  { flags, session }: { readonly flags: MoveFlags; readonly session: Session },
): Promise<Answer> {
  const target = await folderTarget(folder, flags, session);
  const path = resolve(session.cwd, destination);
  if (chosenBackend(target.project.record) === "cutover") {
    const units = await unitTarget(folder, flags, session);
    return backupUnits(units, { path, typed: destination });
  }
  await checkFree(path);
  if (flags.dryRun === true) return rehearsed(target, session, path);
  const manifest = await backUp(target, path, session.signal);
  const bytes = manifest.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const records = manifest.collections.reduce((sum, found) => sum + found.records, 0);
  session.output.line(
    `${formatAmount(records, "record")} (${formatBytes(bytes)}) backed up to ${manifest.destination}, verified.`,
  );
  return {
    ok: true,
    canAdvance: true,
    blockedBy: [],
    reversible: true,
    nextSteps: [`cutover restore ${target.word} ${shellWord(destination)}`],
    details: manifest,
  };
}

function rehearsed({ word, project }: FolderTarget, { output }: Session, path: string): Answer {
  output.line(`The store in charge would be backed up to ${path}.`);
  output.line("Nothing was written: this was a rehearsal.");
  return {
    ok: true,
    canAdvance: true,
    blockedBy: [],
    reversible: true,
    nextSteps: [`cutover backup ${word} ${shellWord(path)}`],
    details: { folder: project.folder, destination: path, dryRun: true },
  };
}

/** `cutover backup`: a verified copy of the store in charge. */
export const backupCommand: CliCommand = {
  name: "backup",
  register: (program, context) => {
    program
      .command("backup")
      .description("write a verified copy of the store in charge, of both while units move")
      .argument("<folder>", "the data folder")
      .argument("<destination>", "where to; must not exist yet")
      .option("--config <file>", "the config file that describes the folder")
      .option("--dry-run", "only look whether it could be written")
      .action((folder: string, destination: string, flags: MoveFlags) =>
        context.run("backup", (session) => backup(folder, destination, { flags, session })),
      );
  },
};
