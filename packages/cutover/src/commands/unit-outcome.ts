import { isStorageError } from "@cutover/core";
import type { Stage } from "@cutover/engine";
import type { Answer, Blocker } from "../output/answer.ts";
import { Interrupted, reportOf, UsageError } from "../output/error-report.ts";
import { commandFor, withFolder } from "./unit-command.ts";
import type { UnitTarget } from "./unit-session.ts";

/** What became of one unit in a command that is for several. */
export interface UnitOutcome {
  readonly unit: string;
  /** `would`: a dry run found nothing in the way. `skipped`: this is not for a unit at its stage. */
  readonly outcome: "done" | "would" | "skipped" | "refused";
  readonly from: Stage;
  readonly to: Stage;
  readonly epoch: number;
  /** For how long writers waited, in milliseconds. */
  readonly frozenMs?: number;
  readonly blockedBy: readonly Blocker[];
  readonly exitCode: number;
  readonly nextStep?: string | undefined;
}

/** What an error means for one unit; the others go on. @throws what ends the whole command */
export function refusedOutcome(
  error: unknown,
  unit: Pick<UnitOutcome, "unit" | "from" | "epoch">,
  word: string,
): UnitOutcome {
  const isOwn = isStorageError(error) && !(error instanceof Interrupted);
  if (!isOwn || error instanceof UsageError) throw error;
  const { code, message, nextCommand, exitCode } = reportOf(error);
  return {
    ...unit,
    outcome: "refused",
    to: unit.from,
    blockedBy: [{ code, message }],
    exitCode,
    nextStep: nextCommand === undefined ? undefined : withFolder(nextCommand, word),
  };
}

/**
 * The outcomes of units for which the command did what the same command, which died, had left to
 * do: they are where it leads to, and nothing is refused.
 */
export function finished(
  outcomes: readonly UnitOutcome[],
  left: ReadonlySet<string>,
): UnitOutcome[] {
  return outcomes.map((own) =>
    left.has(own.unit) && own.outcome !== "done"
      ? { ...own, outcome: "done", blockedBy: [], exitCode: 0, nextStep: undefined }
      : own,
  );
}

function stepsAfter(outcomes: readonly UnitOutcome[], own: readonly string[]): string[] {
  const refused = outcomes.flatMap(({ nextStep }) => nextStep ?? []);
  return [...new Set([...refused, ...own])];
}

/** Prints what became of the units, a line each. */
export function printOutcomes(
  outcomes: readonly UnitOutcome[],
  { session, flags }: UnitTarget,
): void {
  const { output } = session;
  output.table(
    [{ title: "unit" }, { title: "was" }, { title: "is" }, { title: "" }],
    outcomes.map(({ unit, outcome, from, to, blockedBy, frozenMs }) => {
      const held = frozenMs === undefined ? "" : `writers waited ${frozenMs.toFixed(1)} ms`;
      const why = blockedBy.map(({ message }) => message).join("; ");
      const words = {
        done: held,
        would: "would be done",
        skipped: "not at this stage",
        refused: why,
      };
      return [unit, from, to, words[outcome]];
    }),
  );
  if (flags.dryRun === true) output.line("Nothing was changed: this was a rehearsal.");
}

/** What a command over several units answers. */
export function unitsAnswer(
  outcomes: readonly UnitOutcome[],
  found: UnitTarget,
  { nextVerb, details = {} }: { readonly nextVerb?: string | undefined; readonly details?: object },
): Answer {
  const { target, all } = found;
  const good = outcomes.filter(({ outcome }) => outcome === "done" || outcome === "would");
  const refused = outcomes.filter(({ outcome }) => outcome === "refused");
  const some = good.map(({ unit }) => unit);
  const own =
    nextVerb === undefined || some.length === 0
      ? []
      : [commandFor(nextVerb, target.word, { some, all })];
  return {
    ok: refused.length === 0,
    canAdvance: refused.length === 0,
    blockedBy: refused.flatMap(({ unit, blockedBy }) =>
      blockedBy.map(({ code, message }) => ({ code, message, unit })),
    ),
    reversible: outcomes.every(({ to }) => to !== "complete"),
    nextSteps: stepsAfter(outcomes, [...own, `cutover status ${target.word}`]),
    exitCode: refused[0]?.exitCode ?? 0,
    details: { folder: target.folder, units: outcomes, ...details },
  };
}
