import { replayFrom, runModel } from "@cutover/contract-tests/model";
import { expect, test } from "vitest";
import { subjects } from "./subjects/subjects.ts";

const commands = 20_000;

test("every adapter answers random commands as the model does, and so as every other", async () => {
  const replay = replayFrom(process.env);
  const report = await runModel({ subjects, commands, ...replay });
  const seconds = (report.durationMs / 1000).toFixed(1);
  console.log(
    `model: ${report.commands} commands in ${report.sequences} sequences on each of ${subjects.length} adapters, seed ${report.seed}, ${seconds} s`,
  );
  // A replay is over with the commands it replays.
  const least = "path" in replay ? 1 : commands;
  expect(report.commands).toBeGreaterThanOrEqual(least);
}, 400_000);
