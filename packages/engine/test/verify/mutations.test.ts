import { expect, test } from "vitest";
import { runMutations } from "./mutation-run.fixture.ts";

/** `CUTOVER_MUTATIONS=10000` runs the long form; `CUTOVER_SEED` starts elsewhere. */
const cases = Number(process.env["CUTOVER_MUTATIONS"] ?? 300);
const seed = Number(process.env["CUTOVER_SEED"] ?? 1);

test("whatever is flipped, dropped, duplicated or moved on either side is found, named, and nothing else is", async () => {
  const faults = await runMutations(cases, seed);
  expect(faults).toEqual([]);
  console.log(`mutations: ${cases} of ${cases} found, seeds ${seed} to ${seed + cases - 1}`);
}, 1_800_000);
