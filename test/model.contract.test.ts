import { replayFrom, runModel } from "@cutover/contract-tests/model";
import { expect, test } from "vitest";
import { subjects } from "./subjects/subjects.ts";

const commands = 20_000;

test("every adapter answers random commands as the model does, and so as every other", async () => {
  const report = await runModel({ subjects, commands, ...replayFrom(process.env) });
  const seconds = (report.durationMs / 1000).toFixed(1);
  console.log(
    `model: ${report.commands} commands in ${report.sequences} sequences on each of ${subjects.length} adapters, seed ${report.seed}, ${seconds} s`,
  );
  if (process.env["CUTOVER_PATH"] === undefined)
    expect(report.commands).toBeGreaterThanOrEqual(commands);
}, 400_000);
