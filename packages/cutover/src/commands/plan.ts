import { planMigration, type MigrationPlan } from "../migration/plan.ts";
import { hopOf } from "../hop/hop.ts";
import type { Answer, Blocker } from "../output/answer.ts";
import { formatBytes, formatCount } from "../output/quantity.ts";
import { shellWord } from "../output/shell-word.ts";
import { isFreePlace } from "../units/record-move.ts";
import type { CliCommand, Session } from "./command.ts";
import { folderTarget, type FolderTarget } from "./folder-target.ts";
import { destinationOf, planSecondHop, serverBlockers } from "./plan-hop.ts";
import { leftOutBlockers, leftOutSteps } from "./left-out.ts";
import { planUnits, printWay } from "./plan-units.ts";
import { printFindings } from "./print-findings.ts";
import { withProgress } from "./show-progress.ts";
import { unclaimedFiles } from "./unclaimed-files.ts";
import { withUnitOptions, type UnitFlags } from "./unit-flags.ts";
import { gradualTarget } from "./unit-session.ts";

function layoutInWords({
  file,
  keyMember,
}: MigrationPlan["collections"][number]["definition"]): string {
  const at = file.at.length === 0 ? "" : ` at ${file.at.join(".")}`;
  return file.shape === "array" ? `array by ${keyMember ?? ""}${at}` : `object${at}`;
}

function printPlan(plan: MigrationPlan, { output }: Session, destination: string): void {
  output.table(
    [
      { title: "collection" },
      { title: "file" },
      { title: "layout" },
      { title: "records", align: "right" },
      { title: "unusable", align: "right" },
      { title: "size", align: "right" },
    ],
    plan.collections.map((collection) => {
      const { definition, exists, records, unusable, sizeBytes } = collection;
      const place = [definition.name, definition.file.path, layoutInWords(collection.definition)];
      if (!exists) return [...place, "–", "–", "no file"];
      return [...place, formatCount(records), formatCount(unusable), formatBytes(sizeBytes)];
    }),
  );
  output.line();
  output.line(`The database would be ${destination}; the files stay as they are.`);
  printFindings(plan.findings, output);
}

function nextSteps(plan: MigrationPlan, target: FolderTarget): string[] {
  const { word } = target;
  const codes = new Set(plan.blockers.map(({ code }) => code));
  if (codes.has("already-migrated")) return [`cutover status ${word}`];
  if (leftOutBlockers(target).length > 0) return leftOutSteps(target);
  if (codes.size === 0) return [`cutover migrate ${word}`];
  if (codes.has("database-exists")) {
    const path = plan.database;
    return [`mv ${shellWord(path)} ${shellWord(`${path}.aside`)}`, `cutover plan ${word}`];
  }
  const onlyDirty = plan.blockers.every(({ canQuarantine }) => canQuarantine);
  return onlyDirty ? [`cutover migrate ${word} --quarantine`] : [`cutover plan ${word}`];
}

function withoutPlaceBlocker(plan: MigrationPlan): MigrationPlan {
  return { ...plan, blockers: plan.blockers.filter(({ code }) => code !== "database-exists") };
}

/** Tells what a migration would do; also the answer to `migrate --dry-run`. */
export async function plan(
  folder: string | undefined,
  flags: UnitFlags & { readonly quarantine?: boolean },
  session: Session,
  isMigration = false,
): Promise<Answer> {
  const units = await gradualTarget(folder, flags, session);
  if (units?.isBegun === true) return planUnits(units, isMigration);
  if (units !== undefined && hopOf(units.target.project.config).from === "sqlite")
    return planSecondHop(units);
  const target = await folderTarget(folder, flags, session);
  const { signal, output } = session;
  const whole = await withProgress(output, (onProgress) =>
    planMigration(target, { signal, onProgress }),
  );
  const { databasePath, project } = target;
  // What an earlier move of units has left there is taken up by the next one.
  const isFar = hopOf(project.config).to === "postgres";
  const isFree =
    isFar || (units !== undefined && (await isFreePlace(databasePath, project.record)));
  const planned = isFree ? withoutPlaceBlocker(whole) : whole;
  printPlan(planned, session, units === undefined ? planned.database : destinationOf(units));
  const notes = [...target.project.notes, ...(await unclaimedFiles(target))];
  for (const note of notes) output.line(`note: ${note}`);
  const isQuarantined = flags.quarantine === true;
  const blockedBy: Blocker[] = [
    ...planned.blockers
      .filter(({ canQuarantine }) => !(isQuarantined && canQuarantine))
      .map(({ code, message }) => ({ code, message })),
    ...leftOutBlockers(target),
    ...(units === undefined ? [] : await serverBlockers(units)),
  ];
  const hasFindings = blockedBy.some(
    ({ code }) => code === "corrupt-file" || code === "dirty-records",
  );
  if (units !== undefined) await printWay(units);
  const isRefused = blockedBy.length > 0 && !hasFindings;
  return {
    ok: blockedBy.length === 0,
    canAdvance: blockedBy.length === 0,
    blockedBy,
    reversible: true,
    nextSteps:
      blockedBy.length === 0 && isQuarantined
        ? [`cutover migrate ${target.word} --quarantine`]
        : planned.blockers.length === 0 && blockedBy.length > 0 && isFar
          ? [`cutover doctor ${target.word}`]
          : nextSteps(planned, target),
    exitCode: isRefused ? 4 : hasFindings ? 3 : 0,
    details: {
      folder: target.folder,
      database: planned.database,
      source: target.project.source,
      notes,
      collections: planned.collections.map(({ definition, ...rest }) => ({
        name: definition.name,
        file: definition.file,
        order: definition.order,
        ...rest,
      })),
      findings: planned.findings,
    },
  };
}

/** `cutover plan`: what would be moved, and what stands against it. */
export const planCommand: CliCommand = {
  name: "plan",
  register: (program, context) => {
    withUnitOptions(program.command("plan"))
      .description("show what a migration would move and what blocks it; reads only")
      .action((folder: string | undefined, flags: UnitFlags) =>
        context.run("plan", (session) => plan(folder, flags, session)),
      );
  },
};
