import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { failuresTellTheirCommand } from "./again.ts";
import type { SweepReport } from "./abort/sweep.ts";
import { isFull } from "./form.ts";
import { runProgram } from "./program.ts";

failuresTellTheirCommand();

/**
 * Law: a call whose signal fires before any of its steps says that it is done, and has taken effect
 * as a whole, or rejects with the signal's reason, and nothing has changed; it leaves no lock, no
 * file and no open descriptor, others go on at once, and the same again succeeds. A step is whatever
 * this process does next, after an await or in a callback. Calls without a signal are not part of
 * this: `close`, an operator's `status`, `record` and `log`.
 */
const program = join(import.meta.dirname, "abort/abort.fixture.ts");

type Reports = Readonly<Record<string, SweepReport>>;

async function swept(
  ...args: readonly (string | number)[]
): Promise<{ readonly again: string; readonly reports: Reports }> {
  const { output, command } = await runProgram(program, args.map(String));
  return { again: command, reports: JSON.parse(output) };
}

function problemsOf(reports: Reports): string[] {
  return Object.entries(reports).flatMap(([call, { problems }]) =>
    problems.map((problem) => `${call}: ${problem}`),
  );
}

/** Not all steps of what takes thousands of them, in the short form. */
const few = isFull ? Infinity : 60;
const places = [
  { on: "json", calls: "all", most: Infinity },
  { on: "sqlite", calls: "all", most: Infinity },
  { on: "dualwrite", calls: "all", most: Infinity },
  { on: "live", calls: "all", most: Infinity },
  { on: "switching", calls: "all", most: few },
  { on: "operator", calls: "all", most: few },
  { on: "folder", calls: "all", most: few },
] as const;

describe("a call that is given up at any of its steps", () => {
  test.concurrent.each(places)(
    "takes effect as a whole or not at all, says which, and holds nobody up: $on",
    async ({ on, calls, most }) => {
      const { again, reports } = await swept(on, calls, most);
      const all = Object.entries(reports);
      const told = all.map(([call, { points, steps }]) => `${call} ${points}/${steps}`);
      console.log(`${on}, given up at so many of its steps: ${told.join(", ")}`);
      expect({ again, problems: problemsOf(reports) }).toEqual({ again, problems: [] });
      for (const [call, { givenUp, done }] of all) {
        expect({ call, sides: [givenUp > 0, done > 0] }).toEqual({ call, sides: [true, true] });
      }
    },
  );
});

describe("the same of a store that gives calls up wrongly", () => {
  test.concurrent.each(["late", "half", "goesOn", "silent"])("is noticed: %s", async (fault) => {
    const { again, reports } = await swept("sqlite", "putMany", "Infinity", "-", fault);
    expect({ again, problems: problemsOf(reports) }).not.toMatchObject({ problems: [] });
  });
});
