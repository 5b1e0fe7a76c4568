import { resolve } from "node:path";
import { restore as run } from "../migration/back-up.ts";
import { checkBackup } from "../migration/check-backup.ts";
import { checkLocalHop } from "../hop/check-local-hop.ts";
import type { Answer } from "../output/answer.ts";
import { shellWord } from "../output/shell-word.ts";
import type { CliCommand, Session } from "./command.ts";
import { backupKind } from "../migration/back-up.ts";
import { chosenBackend } from "../state/migration-record.ts";
import { isUnitsBackup } from "../units/restore-units.ts";
import { folderTarget } from "./folder-target.ts";
import { restoreUnits } from "./restore-units.ts";
import type { MoveFlags } from "./unit-flags.ts";

async function restore(
  folder: string,
  from: string,
  { flags, session }: { readonly flags: MoveFlags; readonly session: Session },
): Promise<Answer> {
  const target = await folderTarget(folder, flags, session);
  const path = resolve(session.cwd, from);
  const isOfUnits = await isUnitsBackup(path);
  if (isOfUnits) checkLocalHop(target.project, "restore");
  if (isOfUnits) return restoreUnits({ target, session, flags, from: path });
  if (flags.dryRun === true) {
    const kind = await backupKind(path);
    const inCharge = chosenBackend(target.project.record);
    const message = `${path} is a backup of ${kind}, and ${inCharge} is in charge of ${target.folder}`;
    const fits = kind === inCharge;
    if (fits) await checkBackup(kind, path);
    session.output.line(fits ? `${message}: it would be put in its place.` : `${message}.`);
    session.output.line("Nothing was changed: this was a rehearsal.");
    return {
      ok: fits,
      canAdvance: fits,
      blockedBy: fits ? [] : [{ code: "STAGE_REFUSED", message }],
      reversible: true,
      nextSteps: [
        fits
          ? `cutover restore ${target.word} ${shellWord(from)}`
          : `cutover status ${target.word}`,
      ],
      exitCode: fits ? 0 : 4,
      details: { folder: target.folder, from: path, dryRun: true },
    };
  }
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
      .option("--actor <name>", "who; kept in the log (default: the user's name)")
      .option("--dry-run", "only look whether the backup is whole and fits")
      .option("--yes", "do not ask")
      .action((folder: string, from: string, flags: MoveFlags) =>
        context.run("restore", (session) => restore(folder, from, { flags, session })),
      );
  },
};
