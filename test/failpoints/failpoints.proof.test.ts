// Titles are the scenarios' own.
/* oxlint-disable vitest/valid-title */
import { availableParallelism } from "node:os";
import { failpoints } from "@cutover/engine";
import { afterAll, describe, expect, it } from "vitest";
import { Lanes } from "./lanes.ts";
import { allScenarios, fewScenarios } from "./scenarios.ts";

const isFull = process.env["CUTOVER_PROOF"] === "full";
const scenarios = isFull ? allScenarios : fewScenarios();
/** As many processes die at once; they wait for the disk now and then. */
const lanesAtOnce = availableParallelism() + 1;
/** The machine may be slow. */
const deadlines = { victimMs: 60_000, restMs: 60_000 };

const lanes = new Lanes(lanesAtOnce, { deadlines });
const hits = new Set<string>();
let drifted = 0;

afterAll(() => lanes.end());

describe.concurrent("a process killed in the middle loses nothing, leaves no freeze and no difference without a mark", () => {
  for (const scenario of scenarios) {
    it(scenario.title, async () => {
      const examined = await lanes.run(scenario);
      expect(examined.hit).toBe(scenario.point);
      hits.add(examined.hit);
      drifted += examined.drifted;
    });
  }
});

it(`the ${scenarios.length} scenarios killed a process at every failpoint there is`, () => {
  expect(failpoints.filter((point) => !hits.has(point))).toEqual([]);
});

it("comparisons had records to find that differed and were not marked", () => {
  expect(drifted).toBeGreaterThan(0);
});
