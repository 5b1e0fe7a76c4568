import { resolve } from "node:path";
import { restore as run } from "../migration/back-up.ts";
import type { Answer } from "../output/answer.ts";
import type { CliCommand, Session } from "./command.ts";
import { folderTarget, type FolderFlags } from "./folder-target.ts";

interface RestoreFlags extends FolderFlags {
  readonly yes?: boolean;
}

async function restore(
  folder: string,
  from: string,
  { flags, session }: { readonly flags: RestoreFlags; readonly session: Session },
): Promise<Answer> {
  const target = await folderTarget(folder, flags, session);
  const path = resolve(session.cwd, from);
  await session.confirm(
    `Replace the data of ${target.folder} by the backup ${path}? What is there is kept aside.`,
    flags.yes ?? false,
  );
  const report = await run(target, path, session.signal);
  session.output.line(`${target.folder} holds what ${path} holds.`);
  if (report.keptAside !== undefined) {
    session.output.line(`What was there before is kept as ${report.keptAside}.`);
  }
  return {
    ok: true,
    canAdvance: true,
    blockedBy: [],
    reversible: report.keptAside !== undefined,
    nextSteps: [`cutover status ${target.word}`],
    details: report,
  };
}

/** `cutover restore`: puts a backup in the place of the store in charge. */
export const restoreCommand: CliCommand = {
  name: "restore",
  register: (program, context) => {
    program
      .command("restore")
      .description("put a backup in the place of the store in charge; what was there is kept")
      .argument("<folder>", "the data folder")
      .argument("<backup>", "what `cutover backup` wrote")
      .option("--config <file>", "the config file that describes the folder")
      .option("--yes", "do not ask")
      .action((folder: string, from: string, flags: RestoreFlags) =>
        context.run("restore", (session) => restore(folder, from, { flags, session })),
      );
  },
};
