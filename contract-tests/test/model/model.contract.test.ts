import { memoryBackend } from "@cutover/core";
import { expect, test } from "vitest";
import { replayFrom, runModel } from "../../src/model/run-model.ts";
import type { ContractSubject } from "../../src/subject.ts";

const memory: ContractSubject = {
  name: "memory",
  open: async (_, { clock }) => memoryBackend(clock === undefined ? {} : { clock }),
};

test("the memory backend answers as the model does", async () => {
  const report = await runModel({
    subjects: [memory],
    commands: 5000,
    ...replayFrom(process.env),
    replayWith: "npx vitest run --project contract contract-tests/test/model",
  });
  console.log(
    `model: ${report.commands} commands, seed ${report.seed}, ${Math.round(report.durationMs)} ms`,
  );
  expect(report.commands).toBeGreaterThan(0);
});
