import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { failuresTellTheirCommand } from "./again.ts";
import { faultKinds } from "./faults/fault.ts";
import { runProgram } from "./program.ts";

failuresTellTheirCommand();

/**
 * Law: whichever call fails, once or from then on, nothing is acknowledged that was not done, what
 * was there stays, the error is typed and true, and once the fault is gone the same process can
 * write again. After a failed sync the kernel drops what it could not write: the disk does so too.
 */
interface FaultReport {
  readonly experiments: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly violations: readonly unknown[];
}

/** The paths of the model disk are those of POSIX. */
const isWindows = process.platform === "win32";
const program = join(import.meta.dirname, "faults/faults.fixture.ts");

describe.skipIf(isWindows)("JSON files, when a call to the operating system fails", () => {
  test.concurrent.each(faultKinds)(
    "with $errno, any one of them or all from it on: no false acknowledgement, no loss, a typed error, and work goes on afterwards",
    async ({ errno }) => {
      const { output, command } = await runProgram(program, [errno]);
      const report: FaultReport = JSON.parse(output);
      console.log(`${errno}: ${report.experiments} experiments`, report.outcomes);
      const again = `${command}:NUMBER, with the fault's number`;
      expect({ again, violations: report.violations }).toEqual({ again, violations: [] });
      expect(report.experiments).toBeGreaterThan(10);
      expect(report.outcomes["done"]).toBeGreaterThan(0);
      expect(Object.keys(report.outcomes).length).toBeGreaterThan(2);
    },
  );
});
