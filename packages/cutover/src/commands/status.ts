import { folderStatus, type FolderStatus } from "../migration/status.ts";
import type { Answer, Blocker } from "../output/answer.ts";
import { UsageError } from "../output/error-report.ts";
import { formatCount } from "../output/quantity.ts";
import type { CliCommand, Session } from "./command.ts";
import { folderTarget, type FolderTarget } from "./folder-target.ts";
import { withUnitOptions, type UnitFlags } from "./unit-flags.ts";
import { gradualTarget } from "./unit-session.ts";
import { unitStatus } from "./unit-status.ts";

const sides = { json: "the JSON files", sqlite: "the database" } as const;

const changeInWords = (file: string, state: string): string =>
  `${file} ${state === "appeared" ? state : `was ${state}`} since the migration`;

function printStatus(status: FolderStatus, target: FolderTarget, { output }: Session): void {
  const since = status.since === undefined ? "" : ` since ${status.since}`;
  output.line(
    `${target.folder}: ${sides[status.backend]} in charge${since}, epoch ${status.epoch}`,
  );
  const { path, isThere } = status.database;
  output.line(`database ${path}: ${isThere ? "there" : "not there"}`);
  output.line();
  output.table(
    [{ title: "collection" }, { title: "file" }, { title: "records", align: "right" }],
    status.collections.map(({ name, file, exists, records, unusable }) => {
      if (records === undefined) return [name, file, "?"];
      if (!exists) return [name, file, "–"];
      const bad = unusable === 0 ? "" : ` (+ ${formatCount(unusable)} unusable)`;
      return [name, file, formatCount(records) + bad];
    }),
  );
  for (const { file, state } of status.edited) output.warn(changeInWords(file, state));
  for (const aside of status.asides) output.line(`kept from a rollback: ${aside}`);
  for (const path of status.leftovers)
    output.warn(`of a command that is running, or died: ${path}`);
  if (status.unfinished !== undefined) {
    output.warn(
      `a ${status.unfinished} died between two steps; run it again, or run the other one`,
    );
  }
}

function blockersOf(status: FolderStatus): Blocker[] {
  return [
    ...status.problems.map((message) => ({ code: "CORRUPT_DATA", message })),
    ...status.edited.map(({ file, state }) => ({
      code: "originals-edited",
      message: `${changeInWords(file, state)}; rollback needs --merge`,
    })),
  ];
}

function nextSteps(status: FolderStatus, { word }: FolderTarget): string[] {
  if (status.unfinished !== undefined) return [`cutover ${status.unfinished} ${word}`];
  if (status.problems.length > 0) return [`cutover restore ${word} <backup>`];
  if (status.backend === "json") return [`cutover plan ${word}`, `cutover migrate ${word}`];
  const merge = status.edited.length > 0 ? " --merge" : "";
  return [`cutover verify ${word}`, `cutover rollback ${word}${merge}`];
}

interface StatusFlags extends UnitFlags {
  readonly watch?: boolean;
}

async function status(
  folder: string | undefined,
  flags: StatusFlags,
  session: Session,
): Promise<Answer> {
  const units = await gradualTarget(folder, flags, session);
  if (units !== undefined) return unitStatus(units, flags.watch ?? false);
  if (flags.watch === true)
    throw new UsageError("--watch is for folders whose collections move one by one");
  const target = await folderTarget(folder, flags, session);
  const found = await folderStatus(target, session.signal);
  printStatus(found, target, session);
  const blockedBy = blockersOf(found);
  return {
    ok: found.problems.length === 0,
    canAdvance: blockedBy.length === 0,
    blockedBy,
    reversible: found.problems.length === 0,
    nextSteps: nextSteps(found, target),
    details: { folder: target.folder, source: target.project.source, ...found },
  };
}

/** `cutover status`: which store is in charge, and what is in it. */
export const statusCommand: CliCommand = {
  name: "status",
  register: (program, context) => {
    withUnitOptions(program.command("status"))
      .description("show which store is in charge, since when, and what is in it; reads only")
      .option("--watch", "draw it anew every second; for folders whose collections move one by one")
      .action((folder: string | undefined, flags: StatusFlags) =>
        context.run("status", (session) => status(folder, flags, session)),
      );
  },
};
