import { sameValue, type JsonValue } from "@cutover/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { differingPaths } from "../../src/verify/differing-paths.ts";
import { longestRun } from "../../src/verify/longest-run.ts";
import { sameContent } from "../../src/verify/same-content.ts";

const values = fc
  .jsonValue({ maxDepth: 4 })
  .map((value): JsonValue => JSON.parse(JSON.stringify(value)));

test("two values are the same content exactly if their canonical texts are the same", () => {
  fc.assert(
    fc.property(values, values, fc.boolean(), (left, other, copies) => {
      const right: JsonValue = copies ? JSON.parse(JSON.stringify(left)) : other;
      expect(sameContent(left, right)).toBe(sameValue(left, right));
    }),
    { numRuns: 2000 },
  );
});

test("values that differ differ somewhere, and at most ten places are named", () => {
  fc.assert(
    fc.property(values, values, (left, right) => {
      const paths = differingPaths(left, right);
      expect(paths.length > 0).toBe(!sameValue(left, right));
      expect(paths.length).toBeLessThanOrEqual(10);
    }),
    { numRuns: 1000 },
  );
});

test("members that look alike, or are inherited by all objects, are told apart", () => {
  expect(differingPaths({ a: 1 }, { b: 1 })).toEqual(["$.a", "$.b"]);
  expect(differingPaths({}, { constructor: 1 })).toEqual(["$.constructor"]);
  expect(sameContent({}, [])).toBe(false);
  expect(sameContent({ a: null }, {})).toBe(false);
  expect(sameContent([null], [])).toBe(false);
});

/** By trying all subsets. */
function longestLength(ranks: readonly number[]): number {
  let longest = 0;
  for (let subset = 0; subset < 1 << ranks.length; subset++) {
    const run = ranks.filter((_, index) => (subset & (1 << index)) !== 0);
    const ascends = run.every((rank, index) => index === 0 || (run[index - 1] ?? 0) < rank);
    if (ascends) longest = Math.max(longest, run.length);
  }
  return longest;
}

test("a run is ascending, and there is no longer one", () => {
  const ranks = fc.uniqueArray(fc.nat(50), { maxLength: 9 });
  fc.assert(
    fc.property(ranks, (list) => {
      const run = longestRun(list);
      const kept = list.filter((_, index) => run.has(index));
      expect(kept).toEqual(kept.toSorted((left, right) => left - right));
      expect(kept).toHaveLength(longestLength(list));
    }),
    { numRuns: 300 },
  );
});
