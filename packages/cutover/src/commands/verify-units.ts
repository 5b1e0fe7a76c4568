import type { UnitRecord, VerificationReport } from "@cutover/engine";
import type { Answer, Blocker } from "../output/answer.ts";
import { formatAmount, formatCount, formatDuration } from "../output/quantity.ts";
import { compareUnit, type Compared } from "../units/compare-unit.ts";
import { isNamed } from "../units/select-units.ts";
import type { ProjectUnit } from "../units/unit-plan.ts";
import { commandFor } from "./unit-command.ts";
import { refusedOutcome } from "./unit-outcome.ts";
import { UnitProgress } from "./unit-progress.ts";
import { withUnits, type UnitSession, type UnitTarget } from "./unit-session.ts";

/** Findings printed of a unit; `--json` and `mismatches` have the others. */
const printed = 20;

/** What came of one unit's comparison. */
interface Verified {
  readonly unit: string;
  readonly report?: VerificationReport;
  readonly blockedBy: readonly Blocker[];
  readonly exitCode: number;
  readonly nextStep?: string | undefined;
}

function judged({ report, trouble }: Compared): Verified {
  const { unit, differences, unstable, counts, whyNot } = report;
  if (differences > 0) {
    const message = `unit "${unit}": ${formatAmount(differences, "difference")}`;
    return { unit, report, blockedBy: [{ code: "DIVERGED", message }], exitCode: 3 };
  }
  if (trouble !== undefined && unstable > 0) {
    const { code, message } = trouble;
    return { unit, report, blockedBy: [{ code, message }], exitCode: 3 };
  }
  if (counts) return { unit, report, blockedBy: [], exitCode: 0 };
  const message = `unit "${unit}" was compared, and it does not count: ${whyNot ?? ""}`;
  return { unit, report, blockedBy: [{ code: "VERSION_CONFLICT", message }], exitCode: 5 };
}

async function verifyOne(
  units: UnitSession,
  unit: ProjectUnit,
  record: UnitRecord,
): Promise<Verified> {
  const { operator, session, target } = units;
  const lines = new UnitProgress(session.output);
  try {
    const options = {
      compare: target.project.config.cutover?.compare,
      signal: session.signal,
      onProgress: (progress: { collection: string; done: number; total: number }) =>
        lines.report("comparing", progress),
      onHeld: (why: string) => session.output.warn(`unit "${unit.name}": ${why}`),
    };
    return judged(await compareUnit(operator, unit, options));
  } catch (error) {
    const { stage: from, epoch } = record;
    return refusedOutcome(error, { unit: unit.name, from, epoch }, target.word);
  } finally {
    lines.end();
  }
}

function print(results: readonly Verified[], { session }: UnitTarget): void {
  const { output } = session;
  output.table(
    [
      { title: "unit" },
      { title: "records", align: "right" },
      { title: "same", align: "right" },
      { title: "different", align: "right" },
      { title: "ignored", align: "right" },
      { title: "unstable", align: "right" },
      { title: "took", align: "right" },
    ],
    results.flatMap(({ unit, report }) => {
      if (report === undefined) return [];
      const { records, same, differences, ignored, unstable, durationMs } = report;
      const counts = [records, same, differences, ignored, unstable].map(formatCount);
      return [[unit, ...counts, formatDuration(durationMs)]];
    }),
  );
  for (const { unit, report } of results) {
    if ((report?.unstable ?? 0) > 0) {
      const count = formatAmount(report?.unstable ?? 0, "record");
      output.line(
        `  unstable  ${unit}: ${count} changed, or waited to be copied, at every look; nothing can be said of them yet`,
      );
    }
    const findings = (report?.collections ?? []).flatMap((own) => own.findings);
    for (const { collection, key, kind, paths, message } of findings.slice(0, printed)) {
      const where = key === undefined ? collection : `${collection} ${JSON.stringify(key)}`;
      output.line(`  ${kind}  ${where}  ${message ?? paths.join(", ")}`);
    }
    const more = findings.length - printed;
    if (more > 0) output.line(`  … and ${formatCount(more)} more`);
  }
}

function nextSteps(results: readonly Verified[], { target, all }: UnitTarget): string[] {
  const steps: string[] = results.flatMap(({ nextStep }) => nextStep ?? []);
  const different = results
    .filter(({ report }) => (report?.differences ?? 0) > 0)
    .map(({ unit }) => unit);
  const clean = results.filter(
    ({ report, exitCode }) => exitCode === 0 && report?.stage === "shadow",
  );
  if (results.some(({ report, exitCode }) => exitCode === 3 && report?.differences === 0))
    steps.push(`cutover doctor ${target.word}`);
  const step = (verb: string, some: readonly string[]): string[] =>
    some.length === 0 ? [] : [commandFor(verb, target.word, { some, all })];
  steps.push(...step("mismatches list", different), ...step("repair", different));
  steps.push(
    ...step(
      "switch",
      clean.map(({ unit }) => unit),
    ),
  );
  return steps.length === 0 ? [`cutover status ${target.word}`] : [...new Set(steps)];
}

/** `cutover verify` of units: compares their two stores, and opens or closes the way to `switch`. */
export async function verifyUnits(found: UnitTarget): Promise<Answer> {
  const results = await withUnits(found, async (units) => {
    const done: Verified[] = [];
    for (const unit of units.chosen) {
      const record = await units.operator.record(unit);
      // Where there is nothing to compare yet, only who was named is told.
      if (record.backfilled || isNamed(units.flags))
        done.push(await verifyOne(units, unit, record));
    }
    return done;
  });
  print(results, found);
  const blockedBy = results.flatMap((result) => result.blockedBy);
  if (results.length === 0) {
    const message = "no unit has been copied yet, so that there is nothing to compare";
    blockedBy.push({ code: "STAGE_REFUSED", message });
  }
  const failed = results.find(({ exitCode }) => exitCode !== 0);
  const isEmpty = results.length === 0;
  return {
    ok: failed === undefined && !isEmpty,
    canAdvance: failed === undefined && !isEmpty,
    blockedBy,
    reversible: true,
    nextSteps: isEmpty ? [`cutover backfill ${found.target.word}`] : nextSteps(results, found),
    exitCode: isEmpty ? 4 : (failed?.exitCode ?? 0),
    details: {
      folder: found.target.folder,
      backend: "cutover",
      units: results.map(({ unit, report, exitCode }) => ({ unit, exitCode, ...report })),
    },
  };
}
