import { memoryBackend } from "@cutover/core";
import { expect, test } from "vitest";
import { runModel } from "../../src/model/run-model.ts";
import { mutantNamed } from "../../src/mutants/spoiled-subject.ts";
import type { ContractSubject } from "../../src/subject.ts";

const memory: ContractSubject = {
  name: "memory",
  open: async (_, { clock }) => memoryBackend(clock === undefined ? {} : { clock }),
};

const faults = [
  "put-moves-record",
  "nulls-dropped",
  "members-sorted",
  "patch-deep-merges",
  "batch-not-rolled-back",
  "get-returns-live-object",
  "version-ignores-member-order",
  "unique-ignored",
  "expires-one-late",
  "contains-ignores-case",
  "ne-excludes-absent",
  "nulls-last",
  "offset-cursor",
  "buckets-in-local-time",
  "search-keeps-accents",
  "transaction-commits-on-error",
];

async function failureOf(fault: string, replay: { seed: number; path?: string }): Promise<string> {
  const subject = mutantNamed(fault).spoil(memory);
  try {
    await runModel({ subjects: [subject], commands: 20_000, replayWith: "replay me", ...replay });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "nothing was noticed";
}

test.for(faults)("random commands notice %s and say how to replay it", async (fault) => {
  const seed = 20_260_314;
  const message = await failureOf(fault, { seed });
  expect(message).toContain("where the model answers");
  const [, found = "", path = ""] =
    /CUTOVER_SEED=(\d+) CUTOVER_PATH=(\S+) replay me/.exec(message) ?? [];
  const again = await failureOf(fault, { seed: Number(found), path });
  expect(again).toContain("where the model answers");
});
