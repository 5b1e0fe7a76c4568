import { defineCollection, type KeyedValue } from "@cutover/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { verifyUnit, type VerifyOptions } from "../../src/verify/verify-unit.ts";
import { fill, openHop } from "./hop.fixture.ts";

const models = defineCollection({ name: "models" });
const quick: VerifyOptions = { patience: { looks: 2, firstMs: 1, longestMs: 1 } };
const keys = Array.from({ length: 9 }, (_, index) => `k${index}`);

function records(order: readonly string[]): KeyedValue[] {
  return order.map((key) => ({ key, value: key }));
}

/** The most keys that lie in ascending order already, found by trying all. */
function longestAscent(order: readonly string[]): number {
  const lengths: number[] = [];
  for (const [index, key] of order.entries()) {
    const before = order.slice(0, index).flatMap((other, at) => (other < key ? [lengths[at]] : []));
    lengths.push(1 + Math.max(0, ...before.map((length) => length ?? 0)));
  }
  return Math.max(...lengths);
}

test("of a small collection as few records are said to have moved as can have, and the others lie in order", async () => {
  const shuffled = fc.shuffledSubarray(keys, { minLength: keys.length });
  await fc.assert(
    fc.asyncProperty(shuffled, async (order) => {
      const hop = await openHop([models]);
      await fill(hop.replicas.old, models, records(keys));
      await fill(hop.replicas.new, models, records(order));
      const { collections } = await verifyUnit(hop, hop.unit, quick);
      await hop.close();
      const moved = new Set(collections.flatMap(({ findings }) => findings.map(({ key }) => key)));
      const others = order.filter((key) => !moved.has(key));
      expect(others).toEqual(others.toSorted());
      expect(moved.size).toBe(keys.length - longestAscent(order));
    }),
    { numRuns: 300 },
  );
});
