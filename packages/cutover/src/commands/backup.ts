import { resolve } from "node:path";
import { backUp } from "../migration/back-up.ts";
import type { Answer } from "../output/answer.ts";
import { formatAmount, formatBytes } from "../output/quantity.ts";
import { shellWord } from "../output/shell-word.ts";
import type { CliCommand, Session } from "./command.ts";
import { folderTarget, type FolderFlags } from "./folder-target.ts";

async function backup(
  folder: string,
  destination: string,
  { flags, session }: { readonly flags: FolderFlags; readonly session: Session },
): Promise<Answer> {
  const target = await folderTarget(folder, flags, session);
  const path = resolve(session.cwd, destination);
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

/** `cutover backup`: a verified copy of the store in charge. */
export const backupCommand: CliCommand = {
  name: "backup",
  register: (program, context) => {
    program
      .command("backup")
      .description("write a verified copy of the store in charge; the application may go on")
      .argument("<folder>", "the data folder")
      .argument("<destination>", "where to; must not exist yet")
      .option("--config <file>", "the config file that describes the folder")
      .action((folder: string, destination: string, flags: FolderFlags) =>
        context.run("backup", (session) => backup(folder, destination, { flags, session })),
      );
  },
};
