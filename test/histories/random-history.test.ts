import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isLinearizableByBruteForce } from "./check/brute-force.ts";
import { checkLinearizable } from "./check-linearizable.ts";
import { historyOf, type ScriptedOperation } from "./history-script.ts";
import { kinds, randomHistory, type RandomOperation } from "./random-history.ts";

const randomOperation = (reach: number): fc.Arbitrary<RandomOperation> =>
  fc.record({
    kind: fc.constantFrom(...kinds),
    key: fc.nat(7),
    before: fc.integer({ min: 1, max: reach }),
    after: fc.integer({ min: 1, max: reach }),
    fate: fc.oneof(
      { weight: 6, arbitrary: fc.constant("answered" as const) },
      { weight: 1, arbitrary: fc.constant("lost" as const) },
      { weight: 1, arbitrary: fc.constant("never happened" as const) },
    ),
  });

/** Exactly one thing about one operation is changed: what it saw, whether it happened, or when. */
function corrupted(
  operations: readonly ScriptedOperation[],
  { at, how, other }: { readonly at: number; readonly how: number; readonly other: number },
): ScriptedOperation[] {
  const index = at % operations.length;
  const victim = operations[index];
  if (victim === undefined) return [];
  const values = operations.flatMap(({ steps }) => steps.flatMap(({ left }) => left ?? []));
  const value = values[other % (values.length + 1)] ?? null;
  const variants: readonly ScriptedOperation[][] = [
    [{ ...victim, steps: victim.steps.map((step) => lied(step, value)) }],
    [],
    [{ ...victim, from: victim.from + 400, to: (victim.to ?? 0) + 500 }],
    [{ ...victim, to: victim.to ?? victim.from + 1, outcome: "fail" }],
  ];
  return operations.toSpliced(index, 1, ...(variants[how % variants.length] ?? []));
}

function lied(
  step: ScriptedOperation["steps"][number],
  saw: string | null,
): ScriptedOperation["steps"][number] {
  if (step.saw !== undefined) return { ...step, saw };
  return step.existed === undefined ? step : { ...step, existed: !step.existed };
}

describe("random histories of registers that work", () => {
  test("are accepted, however their operations overlap", () => {
    const runs = fc.record({
      operations: fc.array(randomOperation(30), { minLength: 1, maxLength: 80 }),
      keys: fc.integer({ min: 1, max: 8 }),
    });
    fc.assert(
      fc.property(runs, ({ operations, keys }) => {
        const history = historyOf(randomHistory(operations, keys));
        const { linearizable, violations } = checkLinearizable(history);
        expect(violations.map(({ explanation }) => explanation)).toEqual([]);
        expect(linearizable).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe("random small histories with one corruption", () => {
  test("are rejected exactly when every order was tried and none explains them", () => {
    const verdicts = { accepted: 0, rejected: 0 };
    const runs = fc.record({
      operations: fc.array(randomOperation(40), { minLength: 1, maxLength: 7 }),
      keys: fc.integer({ min: 1, max: 2 }),
      at: fc.nat(6),
      how: fc.nat(3),
      other: fc.nat(9),
    });
    fc.assert(
      fc.property(runs, ({ operations, keys, ...corruption }) => {
        const scripted = corrupted(randomHistory(operations, keys), corruption);
        // Checked as one, as brute force does: a clear takes no part in tying records together.
        const tied = scripted.every(({ op }) => op !== "clear") || keys === 1;
        fc.pre(tied);
        const expected = isLinearizableByBruteForce(scripted);
        expect(checkLinearizable(historyOf(scripted)).linearizable).toBe(expected);
        verdicts[expected ? "accepted" : "rejected"]++;
      }),
      { numRuns: 4000 },
    );
    expect(verdicts.rejected).toBeGreaterThan(500);
    expect(verdicts.accepted).toBeGreaterThan(500);
  });

  test("are rejected with an explanation that is itself impossible by brute force", () => {
    let rejected = 0;
    const runs = fc.record({
      operations: fc.array(randomOperation(25), { minLength: 10, maxLength: 30 }),
      at: fc.nat(29),
      other: fc.nat(30),
    });
    fc.assert(
      fc.property(runs, ({ operations, at, other }) => {
        const scripted = corrupted(randomHistory(operations, 1), { at, how: 0, other });
        const { violations } = checkLinearizable(historyOf(scripted));
        for (const violation of violations) {
          const involved = violation.operations.map(({ name }) => Number(name.split("#")[1]));
          fc.pre(involved.length < 8);
          const few = scripted.filter((_operation, index) => involved.includes(index));
          expect(isLinearizableByBruteForce(few)).toBe(false);
          rejected++;
        }
      }),
      { numRuns: 1000 },
    );
    expect(rejected).toBeGreaterThan(100);
  });
});

const pick = (from: number, ...seeds: number[]): number =>
  seeds.reduce((sum, seed) => (sum * 31 + seed * 7919) % 104_729, 17) % from;

test("fifty thousand operations on fifty records, with a hundred of unknown outcome, are decided", () => {
  const operations = Array.from({ length: 50_000 }, (_, index): RandomOperation => ({
    kind: kinds[pick(kinds.length - 1, index, 1)] ?? "get",
    key: pick(50, index, 2),
    before: 1 + pick(300, index, 3),
    after: 1 + pick(300, index, 4),
    fate: index % 500 === 0 ? (index % 1000 === 0 ? "lost" : "never happened") : "answered",
  }));
  const scripted = randomHistory(operations, 50);
  expect(checkLinearizable(historyOf(scripted))).toMatchObject({
    linearizable: true,
    operations: 50_000,
    undecided: [],
  });
  const stale = scripted.findLastIndex(({ op }) => op === "get");
  const victim = corrupted(scripted, { at: stale, how: 0, other: 3 });
  const { violations } = checkLinearizable(historyOf(victim));
  expect(violations).toHaveLength(1);
  expect(violations[0]?.operations.length).toBeLessThan(10);
});

test("two thousand operations of unknown outcome among twenty thousand are decided", () => {
  const operations = Array.from({ length: 20_000 }, (_, index): RandomOperation => ({
    kind: kinds[pick(kinds.length - 1, index, 5)] ?? "get",
    key: pick(40, index, 6),
    before: 1 + pick(100, index, 7),
    after: 1 + pick(100, index, 8),
    fate: index % 10 > 0 ? "answered" : index % 20 === 0 ? "lost" : "never happened",
  }));
  expect(checkLinearizable(historyOf(randomHistory(operations, 40)))).toMatchObject({
    linearizable: true,
    unknown: 2000,
  });
});
