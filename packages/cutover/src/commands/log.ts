import type { AuditRow } from "@cutover/core";
import type { Answer } from "../output/answer.ts";
import { UsageError } from "../output/error-report.ts";
import type { CliCommand, Session } from "./command.ts";
import { withUnitOptions, type UnitFlags } from "./unit-flags.ts";
import { unitTarget, withUnits } from "./unit-session.ts";

interface LogFlags extends UnitFlags {
  readonly limit: string;
}

function limitOf({ limit }: LogFlags): number {
  const count = Number(limit);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new UsageError(`--limit takes a number of entries, not "${limit}"`);
}

function detailsInWords({ details }: AuditRow): string {
  if (typeof details !== "object" || details === null || Array.isArray(details)) return "";
  return Object.entries(details)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}

async function log(folder: string | undefined, flags: LogFlags, session: Session): Promise<Answer> {
  const limit = limitOf(flags);
  const found = await unitTarget(folder, flags, session);
  const names = new Set(found.chosen.map(({ name }) => name));
  const all = names.size === found.all.length;
  const rows = found.isBegun
    ? await withUnits(
        found,
        ({ operator }) => operator.log(all ? limit : Number.MAX_SAFE_INTEGER),
        {
          mayLackDatabase: true,
        },
      )
    : [];
  const entries = rows.filter(({ unit }) => all || names.has(unit)).slice(0, limit);
  session.output.table(
    [{ title: "when" }, { title: "unit" }, { title: "what" }, { title: "who" }, { title: "" }],
    entries.map((row) => [row.at, row.unit, row.action, row.actor, detailsInWords(row)]),
  );
  if (entries.length === 0) session.output.line("Nothing was done yet.");
  return {
    ok: true,
    canAdvance: true,
    blockedBy: [],
    reversible: true,
    nextSteps: [`cutover status ${found.target.word}`],
    details: { folder: found.target.folder, entries },
  };
}

/** `cutover log`: who did what to which unit, and why. */
export const logCommand: CliCommand = {
  name: "log",
  register: (program, context) => {
    withUnitOptions(program.command("log"))
      .description("show who did what to which unit, newest first; reads only")
      .option("--limit <entries>", "so many entries at most", "20")
      .action((folder: string | undefined, flags: LogFlags) =>
        context.run("log", (session) => log(folder, flags, session)),
      );
  },
};
