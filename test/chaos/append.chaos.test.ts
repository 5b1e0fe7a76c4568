import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { failuresTellTheirCommand } from "./again.ts";
import type { AppendReport } from "./append/append-run.ts";
import { isFull } from "./form.ts";
import { runProgram } from "./program.ts";
import { subjectKinds } from "./subject.ts";

failuresTellTheirCommand();

/**
 * Law: whatever four processes do to lists in transactions, while they are killed and paused, can
 * have happened one transaction after another, in an order that the clock allows; what was
 * acknowledged is there in the end. Seeded faults show that the check would notice.
 * The long form takes `CUTOVER_APPEND_KILLS`, 500 for each subject unless told otherwise.
 */
const kills = Number(process.env["CUTOVER_APPEND_KILLS"] ?? (isFull ? 500 : 8));
const seed = isFull ? Date.now() % 100_000 : 1;
const program = join(import.meta.dirname, "append/append.fixture.ts");

async function appended(
  ...args: readonly (string | number)[]
): Promise<AppendReport & { readonly again: string }> {
  const { output, command } = await runProgram(program, args.map(String));
  const report: AppendReport = JSON.parse(output);
  return { ...report, again: command };
}

/** Switching needs time for a way there and back. */
const subjects = [...subjectKinds.filter((kind) => kind !== "sqlite-normal"), "switching"];

describe("four processes that append to lists and read them, killed and paused", () => {
  test.concurrent.each(subjects)(
    `on %s show no anomaly, in a history with ${kills} kills`,
    async (subject) => {
      const report = await appended(subject, "-", kills, seed);
      const { transactions, pauses, switches } = report;
      console.log(`${subject}: ${JSON.stringify({ ...transactions, kills, pauses, switches })}`);
      expect(report).toMatchObject({ anomalies: [], again: expect.any(String) });
      expect(transactions.ok).toBeGreaterThan(kills * 20);
      expect(transactions.fail).toBeGreaterThan(0);
      expect(switches > 1).toBe(subject === "switching");
    },
  );
});

/** Which anomaly gives a fault away, among others. */
const tells: Readonly<Record<string, string>> = {
  staleSnapshot: "G-single-realtime",
  lostUpdate: "lost-append",
  earlyAnswer: "lost-append",
  torn: "G1a",
  repeated: "duplicate",
  uncheckedReads: "G2",
};

describe("the same on a store with a seeded fault", () => {
  test.concurrent.each(Object.entries(tells))("is noticed: %s by %s", async (fault, kind) => {
    const report = await appended("sqlite", fault, 4, 1);
    expect(report).toMatchObject({
      again: expect.any(String),
      kinds: { [kind]: expect.any(Number) },
    });
  });
});
