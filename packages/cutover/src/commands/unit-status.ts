import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "../output/answer.ts";
import { UsageError } from "../output/error-report.ts";
import { hopOf } from "../hop/hop.ts";
import { formatAmount } from "../output/quantity.ts";
import { formatTable } from "../output/table.ts";
import { lostRecords } from "../units/lost-records.ts";
import { viewUnbegun, viewUnit, type UnitView } from "../units/unit-view.ts";
import { commandFor, verbOf } from "./unit-command.ts";
import { unitCells, unitLine } from "./unit-line.ts";
import { withUnits, type UnitTarget } from "./unit-session.ts";

/** Between two pictures of `--watch`. */
const watchMs = 1000;
const clearScreen = "\u001b[H\u001b[2J";

/** How the chosen units stand. Nothing is opened, nor made, where none was ever started. */
export async function viewUnits(found: UnitTarget): Promise<UnitView[]> {
  const { target, chosen, isBegun } = found;
  const { config, databasePath } = target.project;
  const settings = config.cutover;
  const views: UnitView[] = [];
  if (!isBegun) {
    for (const unit of chosen)
      views.push(await viewUnbegun(unit, { settings, hop: hopOf(config) }));
    return views;
  }
  await withUnits(
    found,
    async ({ stores, operator }) => {
      const lost = lostRecords(target.project);
      const source = { stores, operator, databasePath, settings, lost };
      for (const unit of chosen) views.push(await viewUnit(unit, source));
    },
    { mayLackDatabase: true },
  );
  return views;
}

/** The lines of all units, in columns, by team. */
export function unitTable(views: readonly UnitView[], nowMs: number): string[] {
  const rows = views.map((view) => unitCells(view, nowMs));
  const columns = (rows[0] ?? []).map(() => ({ title: "" }));
  const [, ...lines] = formatTable(columns, rows);
  const teams = [...new Set(views.map(({ team }) => team))];
  if (teams.length < 2) return lines;
  return teams.flatMap((team) => [
    team === undefined ? "no team:" : `team ${team}:`,
    ...lines.filter((_, index) => views[index]?.team === team).map((line) => `  ${line}`),
  ]);
}

const isDoctor = (step: string): boolean => step.startsWith("cutover doctor ");

/** Commands that lead on, one for all units that wait for the same. */
export function nextStepsOf(views: readonly UnitView[], { all, target }: UnitTarget): string[] {
  const byVerb = new Map<string, string[]>();
  for (const { unit, next, blockedBy } of views) {
    const remedy = blockedBy.find((blocker) => blocker.remedy !== undefined)?.remedy;
    const isClosed = blockedBy.length > 0 && remedy === undefined;
    const verb = remedy ?? (next === undefined || isClosed ? undefined : verbOf(next));
    if (verb !== undefined) byVerb.set(verb, [...(byVerb.get(verb) ?? []), unit]);
  }
  const steps = [...byVerb].map(([verb, some]) =>
    verb === "doctor"
      ? `cutover doctor ${target.word}`
      : commandFor(verb, target.word, { some, all }),
  );
  // What is broken comes first.
  return steps.toSorted((one, other) => Number(isDoctor(other)) - Number(isDoctor(one)));
}

/** What `status` answers for a folder whose collections move one by one. */
export function statusAnswer(views: readonly UnitView[], found: UnitTarget): Answer {
  const nowMs = Date.now();
  const blockedBy = views.flatMap((view) =>
    view.blockedBy.map(({ code, message }) => ({
      code,
      message: `${view.unit}: ${message}`,
      unit: view.unit,
    })),
  );
  return {
    ok: true,
    canAdvance: blockedBy.length === 0,
    blockedBy,
    reversible: views.every(
      ({ stage, wayBackBlockedBy }) => stage !== "complete" && wayBackBlockedBy.length === 0,
    ),
    nextSteps: nextStepsOf(views, found),
    details: {
      folder: found.target.folder,
      backend: "cutover",
      units: views.map((view) => ({ ...view, line: unitLine(view, nowMs) })),
    },
  };
}

async function watch(found: UnitTarget): Promise<Answer> {
  const { output, signal } = found.session;
  if (output.isJson)
    throw new UsageError("--watch draws; leave out --json, or ask again and again");
  for (;;) {
    const views = await viewUnits(found);
    output.draw(clearScreen, [found.target.folder, "", ...unitTable(views, Date.now())]);
    await sleep(watchMs, undefined, { signal }).catch(() => undefined);
    // To end it is how it ends: nothing was interrupted.
    if (signal.aborted) return statusAnswer(views, found);
  }
}

/** `cutover status` of a folder whose collections move one by one. */
export async function unitStatus(found: UnitTarget, watches: boolean): Promise<Answer> {
  if (watches) return watch(found);
  const views = await viewUnits(found);
  const { output } = found.session;
  output.line(
    `${found.target.folder}: ${formatAmount(views.length, "unit")}, each with a stage of its own`,
  );
  output.line();
  for (const line of unitTable(views, Date.now())) output.line(line);
  for (const { unit, askedTrouble, wayBackBlockedBy } of views) {
    if (askedTrouble !== undefined) output.warn(`unit "${unit}": ${askedTrouble}`);
    for (const { message } of wayBackBlockedBy)
      output.warn(`unit "${unit}": the way back is closed: ${message}`);
  }
  return statusAnswer(views, found);
}
