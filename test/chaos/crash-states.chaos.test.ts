import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { failuresTellTheirCommand } from "./again.ts";
import type { EnumerationReport } from "./crash-states/enumeration.ts";
import { scenarios } from "./crash-states/scenario.ts";
import { weakenings } from "./crash-states/weakening.ts";
import { isFull } from "./form.ts";
import { runProgram } from "./program.ts";

failuresTellTheirCommand();

/**
 * Law: after a power cut between any two system calls of a commit, a new process finds the content
 * before or after it and never a mix, finds what was acknowledged, shows the same to programs
 * without the library, and can write. The disk is a model: POSIX's promises and nothing more.
 * A pass proves nothing about a disk that lies about fsync.
 */
/** The paths of the model disk are those of POSIX. */
const isWindows = process.platform === "win32";
const program = join(import.meta.dirname, "crash-states/enumerate.fixture.ts");

async function enumerated(
  scenario: string,
  weakening: string,
  parts: number,
): Promise<EnumerationReport & { readonly again: string }> {
  const { output, command } = await runProgram(program, [scenario, weakening, String(parts)]);
  const report: EnumerationReport = JSON.parse(output);
  return { ...report, again: command };
}

/** Into how many parts a write may be torn: contents are its power, and disks their product. */
const parts: Readonly<Record<string, { readonly short: number; readonly long: number }>> = {
  "new-folder": { short: 4, long: 5 },
  "plain-files": { short: 5, long: 6 },
  "long-used": { short: 2, long: 4 },
  // What is not synced here stays so: it has many times the disks of the others.
  "stopped-at-record-written": { short: 4, long: 5 },
};
const otherwise = { short: 2, long: 5 };

function partsOf(name: string): number {
  return (parts[name] ?? otherwise)[isFull ? "long" : "short"];
}

/** In the short form, all scenarios together. */
const leastStates = 10_000_000;

describe.skipIf(isWindows)("a power cut at any moment of JSON commits", () => {
  let states = 0;

  test.concurrent.each(scenarios)("$name: $says", async ({ name }) => {
    const report = await enumerated(name, "-", partsOf(name));
    const { violations, ...figures } = report;
    console.log(`${name}: ${JSON.stringify({ ...figures, again: undefined })}`);
    expect(report).toMatchObject({ violations: [], again: expect.any(String) });
    expect(violations).toEqual([]);
    expect(report.crashPoints).toBeGreaterThan(30);
    expect(report.examined).toBeGreaterThan(150);
    expect(report.disks).toBeGreaterThan(report.examined);
    expect(report.sampled).toBeGreaterThan(0);
    states += report.states;
  });

  test("the scenarios together have more than ten million states", () => {
    expect(states).toBeGreaterThan(leastStates);
  });
});

describe.skipIf(isWindows)("the same, with a step of the commit left out", () => {
  test.concurrent.each(weakenings)("is noticed: $name", async ({ name, shownBy }) => {
    const report = await enumerated(shownBy, name, 1);
    expect(report).not.toMatchObject({ violations: [], again: expect.any(String) });
  });
});
