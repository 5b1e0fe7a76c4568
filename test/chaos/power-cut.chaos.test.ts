import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { failuresTellTheirCommand } from "./again.ts";
import { isFull } from "./form.ts";
import { fileSystems, whyNoPowerCuts } from "./power-cut/disk-under-test.ts";
import type { PowerCutReport } from "./power-cut/power-cut-loop.ts";
import { runProgram } from "./program.ts";

failuresTellTheirCommand();

/**
 * Law: what was acknowledged before the power failed is there when it is back, on real file
 * systems: an image of each is mounted, told to stop under a writer (the ioctl FS_IOC_SHUTDOWN),
 * and mounted again. The caches of a real disk are not part of this.
 * The long form takes `CUTOVER_POWER_CUTS`, 300 for each pair unless told otherwise.
 */
const rounds = Number(process.env["CUTOVER_POWER_CUTS"] ?? (isFull ? 300 : 10));
const seed = isFull ? Date.now() % 100_000 : 1;
const program = join(import.meta.dirname, "power-cut/power-cut.fixture.ts");

async function cut(
  ...args: readonly (string | number)[]
): Promise<PowerCutReport & { readonly again: string }> {
  const { output, command } = await runProgram(program, args.map(String));
  const report: PowerCutReport = JSON.parse(output);
  return { ...report, again: command };
}

/** Each store alone, each in charge with the other as its mirror, and what decides between them. */
const subjects = ["json", "sqlite", "dualwrite", "live", "control"];

describe.each(fileSystems)("when the power of a disk with %s fails", (fileSystem) => {
  const why = whyNoPowerCuts(fileSystem);
  if (why !== undefined) console.warn(`SKIPPED: power cuts on ${fileSystem}. ${why}`);

  test.skipIf(why !== undefined).concurrent.each(subjects)(
    `nothing acknowledged is lost and no transaction torn: %s, in ${rounds} cuts`,
    async (kind) => {
      const report = await cut(kind, fileSystem, rounds, seed);
      console.log(`${kind} on ${fileSystem}: ${JSON.stringify({ ...report, again: undefined })}`);
      expect(report).toMatchObject({ problems: [], again: expect.any(String) });
      expect(report.acknowledged).toBeGreaterThan(rounds);
    },
  );

  test
    .skipIf(why !== undefined)
    .concurrent(
      "SQLite that does not sync each commit may lose the last ones, and is whole",
      async () => {
        const report = await cut("sqlite-normal", fileSystem, rounds, seed, "whole-only");
        expect(report).toMatchObject({ problems: [], again: expect.any(String) });
      },
    );

  test.skipIf(why !== undefined).concurrent.each([
    { weakening: "JSON files that are not synced", args: ["json", "no-sync"] },
    { weakening: "SQLite that does not sync each commit", args: ["sqlite-normal", "-"] },
    { weakening: "a control store that acknowledges what it has begun", args: ["early", "-"] },
  ] as const)("a loss is noticed: $weakening", async ({ args: [kind, weakening] }) => {
    const report = await cut(kind, fileSystem, 30, 1, weakening);
    expect(report).not.toMatchObject({ problems: [], again: expect.any(String) });
  });
});
