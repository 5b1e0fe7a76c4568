// Titles are the scenarios' own.
/* oxlint-disable vitest/valid-title */
import { failpoints } from "@cutover/engine";
import { afterAll, describe, expect, it } from "vitest";
import { Lane } from "./lane.ts";
import { allScenarios, fewScenarios } from "./scenarios.ts";
import { Templates } from "./templates.ts";

const isFull = process.env["CUTOVER_PROOF"] === "full";
const scenarios = isFull ? allScenarios : fewScenarios();
/** As many processes die at once. */
const lanesAtOnce = 2;

const templates = new Templates();
const lanes = Array.from({ length: lanesAtOnce }, () => new Lane(templates));
const hits = new Set<string>();

afterAll(() => {
  for (const lane of lanes) lane.end();
  templates.remove();
});

describe.concurrent("a process killed in the middle loses nothing, leaves no freeze and no difference without a mark", () => {
  scenarios.forEach((scenario, index) => {
    it(scenario.title, async () => {
      const hit = await lanes[index % lanesAtOnce]?.run(scenario);
      expect(hit).toBe(scenario.point);
      hits.add(scenario.point);
    });
  });
});

it(`the ${scenarios.length} scenarios killed a process at every failpoint there is`, () => {
  expect(failpoints.filter((point) => !hits.has(point))).toEqual([]);
});
