import { findKept, prune as run, type Kept } from "../migration/prune.ts";
import type { Answer } from "../output/answer.ts";
import { UsageError } from "../output/error-report.ts";
import { formatAmount } from "../output/quantity.ts";
import type { CliCommand, Session } from "./command.ts";
import { folderTarget, type FolderFlags } from "./folder-target.ts";

/** Two releases of an application that is released once a month. */
const defaultDays = 60;

interface PruneFlags extends FolderFlags {
  readonly olderThan: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

function daysOf(text: string): number {
  const days = Number(text);
  if (text.trim() !== "" && Number.isFinite(days) && days >= 0) return days;
  throw new UsageError(`--older-than takes a number of days, not "${text}"`);
}

function print(title: string, list: readonly Kept[], { output }: Session): void {
  if (list.length === 0) return;
  output.line(`${title}:`);
  for (const { path, because, since } of list) {
    output.line(`  ${path}  ${because}, put aside ${since.toISOString().slice(0, 10)}`);
  }
}

async function prune(folder: string, flags: PruneFlags, session: Session): Promise<Answer> {
  const olderThanDays = daysOf(flags.olderThan);
  const target = await folderTarget(folder, flags, session);
  const { dryRun = false, yes = false } = flags;
  const { length } = await findKept(target);
  await session.confirm(
    `Remove for good what was put aside in ${target.folder} more than ${olderThanDays} days ago?`,
    yes || dryRun || length === 0,
  );
  const report = await run(target, { olderThanDays, dryRun, signal: session.signal });
  print(dryRun ? "Would be removed" : "Removed", report.removed, session);
  print("Kept, not old enough", report.kept, session);
  if (report.removed.length === 0) {
    session.output.line(
      `Nothing was put aside more than ${formatAmount(olderThanDays, "day")} ago.`,
    );
  }
  return {
    ok: true,
    canAdvance: true,
    blockedBy: [],
    reversible: dryRun || report.removed.length === 0,
    nextSteps: [`cutover status ${target.word}`],
    details: report,
  };
}

/** `cutover prune`: removes what migrations, rollbacks and restores kept, once it is old enough. */
export const pruneCommand: CliCommand = {
  name: "prune",
  register: (program, context) => {
    program
      .command("prune")
      .description(
        "remove databases and backups that were put aside long ago; never the data itself",
      )
      .argument("<folder>", "the data folder")
      .option("--config <file>", "the config file that describes the folder")
      .option(
        "--older-than <days>",
        "only what was put aside so many days ago",
        String(defaultDays),
      )
      .option("--dry-run", "show what would be removed; change nothing")
      .option("--yes", "do not ask")
      .action((folder: string, flags: PruneFlags) =>
        context.run("prune", (session) => prune(folder, flags, session)),
      );
  },
};
