import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { failuresTellTheirCommand } from "./again.ts";
import { isFull } from "./form.ts";
import { runProgram } from "./program.ts";
import type { StopReport } from "./sigterm/stop-report.ts";

failuresTellTheirCommand();

/**
 * Law: a process that gets SIGTERM, whatever it is at, ends within five seconds. A command ends with
 * 130 and has done none of a step, or with 0 and has done its work; the same again finishes it, also
 * where it was told twice and did not clear up. What half a restore or rebuild has left is served to
 * nobody, what half a backup has left is restored by nobody. An application that closes its storage, and does nothing else, ends with 0. No lock is left, nothing
 * acknowledged is lost and no transaction is torn.
 */
const isWindows = process.platform === "win32";
const program = join(import.meta.dirname, "sigterm/sigterm.fixture.ts");
const asked = process.env["CUTOVER_SIGTERM_POINTS"];
const points = Number(asked ?? (isFull ? 150 : 5));
/** Each has more scenarios than there is time for. */
const oneWayPoints = Number(asked ?? (isFull ? 150 : 3));

/** What is wrong, where, and with which command it is seen again; prints what was seen. */
async function problemsOf(
  names: string,
  times: number,
): Promise<{ readonly again: string; readonly problems: readonly string[] }> {
  const { again, reports } = await stopped(names, times);
  const told = Object.entries(reports).map(
    ([name, report]) =>
      `${name} ${report.points} of ${report.steps} steps (${report.interrupted} interrupted)`,
  );
  console.log(told.join(", "));
  const problems = Object.entries(reports).flatMap(([name, report]) => {
    const few = report.points > 1 ? [] : ["SIGTERM hardly ever came"];
    return [...report.problems, ...few].map((problem) => `${name}: ${problem}`);
  });
  return { again, problems };
}

async function stopped(
  ...args: readonly (string | number)[]
): Promise<{ readonly again: string; readonly reports: Readonly<Record<string, StopReport>> }> {
  const { output, command } = await runProgram(program, args.map(String));
  return { again: command, reports: JSON.parse(output) };
}

/** Those of a line run one after the other. */
const commands = [
  ["migrate", "rollback"],
  ["start", "backfill", "verify"],
  ["switch", "reverse"],
  ["migrate-units"],
  ["rollback-units"],
];
const oneWayCommands = [
  ["ramp-down", "complete", "cancel"],
  ["repair", "repair-discard", "repair-adopt"],
  ["recheck", "ignore", "prune", "init"],
  ["backup-json", "backup-sqlite", "backup-units"],
  ["restore-json", "restore-sqlite"],
  ["restore-units", "rebuild-control"],
];
const applications = ["json", "sqlite", "dualwrite", "live"].map((name) => `application-${name}`);

describe.skipIf(isWindows)(`SIGTERM after ${points} of its steps`, () => {
  test.concurrent.each([...commands, ...applications].map((names) => [names].flat().join()))(
    "ends it in time, with nothing half done and no lock left: %s",
    async (names) => {
      const found = await problemsOf(names, points);
      expect(found).toEqual({ ...found, problems: [] });
    },
  );
});

describe.skipIf(isWindows)(`SIGTERM after ${oneWayPoints} of its steps, or twice`, () => {
  test.concurrent.each(oneWayCommands.map((names) => names.join()))(
    "ends it in time, and the same again ends well: %s",
    async (names) => {
      const found = await problemsOf(names, oneWayPoints);
      expect(found).toEqual({ ...found, problems: [] });
    },
  );
});

describe.skipIf(isWindows)("SIGTERM to a program with a seeded fault", () => {
  test.concurrent.each([
    ["that speaks too early and does not close", "application-json-hasty", "lost"],
    ["that something keeps alive", "application-sqlite-lingering", "had not ended"],
    ["that restores one file after the other", "restore-careless", "first,later"],
  ])("is noticed: one %s", async (_what, name, complaint) => {
    const { again, reports } = await stopped(name, 5);
    const problems = Object.values(reports).flatMap((report) => report.problems);
    expect({ again, told: problems.join() }).toMatchObject({
      told: expect.stringContaining(complaint),
    });
  });
});
