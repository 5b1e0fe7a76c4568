import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { failuresTellTheirCommand } from "./again.ts";
import { collections } from "./kill-loop/counters.ts";
import { Subject, type SubjectKind } from "./subject.ts";
import { flags, oddities, whyNoFlags } from "./trouble/odd-files.ts";
import { trial } from "./trouble/trial.ts";

failuresTellTheirCommand();

/**
 * Law: whatever stands where a store's file should, calls end, refusals are typed, nothing is
 * acknowledged that is not there afterwards, and nothing is lost.
 */
const isRoot = process.platform === "linux" && process.getuid?.() === 0;
if (!isRoot) console.warn("SKIPPED: odd files. They are made by root, on Linux.");
const probe = mkdtempSync(join(tmpdir(), "cutover-flags-"));
afterAll(() => rmSync(probe, { recursive: true }));
const why = whyNoFlags(probe);
if (why !== undefined) console.warn(`SKIPPED: immutable files. ${why}`);

const stateOfJson = [".cutover", ".cutover/json", ".cutover/json/commits", ".cutover/json/writers"];
const places: Readonly<Partial<Record<SubjectKind, readonly string[]>>> = {
  json: ["counters.json", "ledger.json", ...stateOfJson],
  sqlite: ["data.db"],
  dualwrite: ["counters.json", "data.db", ".cutover/control.db"],
  live: ["counters.json", "data.db", ".cutover/control.db"],
};
const all = { ...oddities, ...(why === undefined ? flags : {}) };
const cases = Object.entries(places).flatMap(([kind, paths]) =>
  paths.map((path) => ({ kind, path })),
);
const kindOf = (name: string): SubjectKind =>
  name === "json" || name === "sqlite" || name === "dualwrite" ? name : "live";

describe.skipIf(!isRoot)("odd files", () => {
  test.each(cases)("in place of $path, on $kind", async ({ kind, path }) => {
    const told: Record<string, unknown> = {};
    for (const [name, oddity] of Object.entries(all)) {
      const folder = mkdtempSync(join(tmpdir(), "cutover-odd-"));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const subject = new Subject(kindOf(kind), folder, collections);
      await subject.prepare();
      const report = await trial(subject, () => oddity(join(folder, path)));
      told[name] = Object.values(report.outcomes).join();
      expect({ name, problems: report.problems }).toEqual({ name, problems: [] });
    }
    console.log(`${path} of ${kind}:`, told);
  });
});
