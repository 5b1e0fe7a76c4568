// Titles are the scenarios' own.
/* oxlint-disable vitest/valid-title */
import { availableParallelism } from "node:os";
import { failpoints } from "@cutover/engine";
import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Lanes } from "./lanes.ts";
import { serverVariables, type ServerHop } from "./place.ts";
import { allScenarios, fewestScenarios } from "./scenarios.ts";

const isFull = process.env["CUTOVER_PROOF"] === "full";
/** The short form tries the hop that has a file on one side. */
const hops: readonly ServerHop["from"][] = isFull ? ["json", "sqlite"] : ["json"];
const scenarios = isFull ? allScenarios : fewestScenarios();
const deadlines = { victimMs: 60_000, restMs: 60_000 };

describePostgres("processes that share a server", () => {
  describe.each(hops)("%s → postgres: a process killed in the middle loses nothing", (from) => {
    let lanes: Lanes | undefined;
    const hits = new Set<string>();

    beforeAll(async () => {
      const { url } = await startPostgres();
      const env = { [serverVariables.url]: url, [serverVariables.from]: from };
      lanes = new Lanes(availableParallelism() + 1, { deadlines, env });
    });
    afterAll(() => lanes?.end());

    describe.concurrent("and leaves no freeze, and no difference without a mark", () => {
      for (const scenario of scenarios) {
        it(scenario.title, async () => {
          const examined = await lanes?.run(scenario);
          expect(examined?.hit).toBe(scenario.point);
          hits.add(scenario.point);
        });
      }
    });

    it(`the ${scenarios.length} scenarios killed a process at every failpoint there is`, () => {
      expect(failpoints.filter((point) => !hits.has(point))).toEqual([]);
    });
  });
});
