import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { failuresTellTheirCommand } from "./again.ts";
import { isFull } from "./form.ts";
import type { KillLoopReport } from "./kill-loop/kill-loop.ts";
import { type SubjectKind, subjectKinds } from "./subject.ts";
import { runProgram } from "./program.ts";

failuresTellTheirCommand();

/**
 * Law: a writer killed with SIGKILL at any moment loses no acknowledged write and tears no
 * transaction, alone on a store and on both stores of a cutover, which are equal in the end.
 * The long form takes `CUTOVER_KILL_ROUNDS`, 20,000 for each subject unless told otherwise.
 */
const rounds = Number(process.env["CUTOVER_KILL_ROUNDS"] ?? (isFull ? 20_000 : 500));
const program = join(import.meta.dirname, "kill-loop/kill-loop.fixture.ts");
/** Other moments in every run of the long form. */
const seed = isFull ? Date.now() % 100_000 : 1;

/**
 * Stores that one writer writes to at once: its death is a round for each of them, at another place
 * of its commits. SQLite works in the calling thread: of its stores, one is inside a call.
 */
const storesOf: Readonly<Record<SubjectKind, number>> = {
  json: 8,
  sqlite: 8,
  "sqlite-normal": 16,
  dualwrite: 16,
  live: 16,
};

describe("a writer killed with SIGKILL again and again", () => {
  test.concurrent.each(subjectKinds)(
    `on %s loses nothing acknowledged, tears no transaction and leaves nothing behind, in ${rounds} rounds`,
    async (kind) => {
      const stores = storesOf[kind];
      const kills = Math.ceil(rounds / stores);
      const args = [kind, String(kills), String(seed), String(stores)];
      const { output, command } = await runProgram(program, args);
      const report: KillLoopReport = JSON.parse(output);
      console.log(`${kind}: ${kills} kills of ${stores} stores, ${output.trim()}`);
      expect({ command, problems: report.problems }).toEqual({ command, problems: [] });
      expect(report.acknowledged).toBeGreaterThan(rounds);
    },
  );
});
