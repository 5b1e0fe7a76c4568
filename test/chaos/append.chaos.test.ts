import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AnomalyKind } from "../histories/append/append-anomaly.ts";
import { failuresTellTheirCommand } from "./again.ts";
import { staleStage } from "./append/append-fault.ts";
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

/** Which anomalies give a fault away: which of them a run shows is chance, that it shows one is not. */
const tells: Readonly<Record<string, readonly AnomalyKind[]>> = {
  staleSnapshot: ["G-single-realtime", "G2-realtime"],
  lostUpdate: ["lost-append", "incompatible-order"],
  earlyAnswer: ["lost-append", "G-single", "G-single-realtime"],
  torn: ["G1a", "G1b", "incompatible-order"],
  repeated: ["duplicate"],
  uncheckedReads: ["G2", "G2-realtime"],
  // Every other process does not look at the epoch again, and goes on by the stage it saw first.
  [staleStage]: ["lost-append", "incompatible-order"],
};

describe("the same on a store with a seeded fault", () => {
  test.concurrent.each(Object.entries(tells))("is noticed: %s", async (fault, kinds) => {
    const report = await appended(fault === staleStage ? "switching" : "sqlite", fault, 4, 1);
    const seen = Object.keys(report.kinds);
    const told = kinds.filter((kind) => seen.includes(kind));
    expect({ again: report.again, seen, told }).not.toMatchObject({ told: [] });
  });
});
