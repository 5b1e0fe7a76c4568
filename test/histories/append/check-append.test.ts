import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AppendOperation, AppendTransaction } from "./append-transaction.ts";
import { canBeInOrder } from "./brute-force-append.ts";
import { checkAppend } from "./check-append.ts";

type Words = readonly string[];

/** `a1` appends 1 to list a; `a=12` reads [1, 2] from it. */
function operation(word: string): AppendOperation {
  const key = word.slice(0, 1);
  const isRead = word[1] === "=";
  return isRead
    ? { kind: "read", key, values: Array.from(word.slice(2), Number) }
    : { kind: "append", key, value: Number(word.slice(1)) };
}

interface Given {
  readonly words: Words;
  readonly outcome?: AppendTransaction["outcome"];
  /** When it began and ended. Default: all at once. */
  readonly at?: readonly [number, number];
}

type Givens = readonly (Words | Given)[];

function history(...given: Givens): AppendTransaction[] {
  return given.map((one, index) => {
    const { words, outcome = "ok", at = [0, 100] }: Given = "words" in one ? one : { words: one };
    return {
      id: `t${index}`,
      outcome,
      operations: words.map(operation),
      invokedNs: BigInt(at[0]),
      completedNs: outcome === "unknown" ? undefined : BigInt(at[1]),
    };
  });
}

const kindsIn = (...given: Givens): string[] => [
  ...new Set(checkAppend(history(...given)).map(({ kind }) => kind)),
];

describe("histories of list appends", () => {
  test("that can have happened in some order are not complained of", () => {
    expect(kindsIn(["a1"], ["a=1", "a2"], ["a=12", "b3"], ["b=", "a=1"])).toEqual([]);
    expect(kindsIn({ words: ["a1"], outcome: "unknown" }, ["a=1"])).toEqual([]);
    expect(kindsIn({ words: ["a1"], outcome: "unknown" }, ["a="])).toEqual([]);
    expect(kindsIn({ words: ["a1"], outcome: "fail" }, ["a="])).toEqual([]);
    expect(kindsIn(["a1", "a=1", "a2", "a=12"], ["a=12"])).toEqual([]);
  });

  const wrong: Readonly<Record<string, Givens>> = {
    unwritten: [["a=1"]],
    duplicate: [["a1"], ["a=11"]],
    "incompatible-order": [["a1"], ["a2"], ["a=12"], ["a=2"]],
    "lost-append": [
      { words: ["a1"], at: [0, 1] },
      { words: ["a="], at: [2, 3] },
    ],
    internal: [["a1"], ["a2"], ["a=1", "a=12"]],
    G1a: [{ words: ["a1"], outcome: "fail" }, ["a=1"]],
    G1b: [["a1", "a2"], ["a=1"], ["a=12"]],
    G0: [["a1", "b1"], ["a2", "b2"], ["a=12"], ["b=21"]],
    G1c: [
      ["a1", "b=2"],
      ["b2", "a=1"],
    ],
    "G-single": [["a1", "b1"], ["a=1", "b="], ["b=1"]],
    G2: [["a=", "b1"], ["b=", "a2"], ["a=2"], ["b=1"]],
    "G0-realtime": [{ words: ["a1"], at: [5, 6] }, { words: ["a2"], at: [1, 2] }, ["a=12"]],
    "G1c-realtime": [
      { words: ["a=1"], at: [1, 2] },
      { words: ["a1"], at: [3, 4] },
    ],
    "G-single-realtime": [
      { words: ["a1"], at: [1, 2] },
      { words: ["a="], at: [3, 4] },
      { words: ["a=1"], at: [5, 6] },
    ],
    "G2-realtime": [
      { words: ["b4"], at: [1, 4] },
      { words: ["a=3", "b="], at: [1, 10] },
      { words: ["a="], at: [5, 6] },
      { words: ["a3"], at: [1, 10] },
      { words: ["b=4"], at: [11, 12] },
    ],
  };
  test.each(Object.entries(wrong))("with the anomaly %s are found out", (kind, given) => {
    expect(kindsIn(...given)).toContain(kind);
  });
});

/** What transactions of three lists did one after another, and then one thing changed. */
const anyHistory = fc
  .record({
    plans: fc.array(fc.array(fc.nat(5), { minLength: 1, maxLength: 3 }), {
      minLength: 2,
      maxLength: 5,
    }),
    moments: fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { minLength: 5, maxLength: 5 }),
    isSerial: fc.boolean(),
    changes: fc.array(fc.tuple(fc.nat(20), fc.nat(3)), { maxLength: 2 }),
  })
  .map(({ plans, moments, isSerial, changes }) => {
    const lists = new Map<string, number[]>();
    let value = 0;
    const words = plans.map((plan) =>
      plan.map((choice): AppendOperation => {
        const key = "abc"[choice % 3] ?? "a";
        const list = lists.get(key) ?? [];
        lists.set(key, list);
        if (choice < 3) return { kind: "read", key, values: [...list] };
        list.push((value += 1));
        return { kind: "append", key, value };
      }),
    );
    for (const [place, kept] of changes) cutRead(words.flat(), place, kept);
    const last = ["a", "b", "c"].map((key): AppendOperation => ({
      kind: "read",
      key,
      values: lists.get(key) ?? [],
    }));
    const of = (operations: AppendOperation[], index: number): AppendTransaction => {
      const [from, length] = isSerial ? [index * 3, 2] : (moments[index] ?? [0, 0]);
      const [invokedNs, completedNs] = [BigInt(from), BigInt(from + length)];
      return { id: `t${index}`, outcome: "ok", operations, invokedNs, completedNs };
    };
    return [...words.map(of), of(last, 100)].map((one, index, all) =>
      index === all.length - 1 ? { ...one, invokedNs: 1000n, completedNs: 1001n } : one,
    );
  });

/** Lets a read see less than there was. */
function cutRead(operations: AppendOperation[], place: number, kept: number): void {
  const reads = operations.filter((step) => step.kind === "read");
  const read = reads[place % Math.max(reads.length, 1)];
  if (read !== undefined) Object.assign(read, { values: read.values.slice(0, kept) });
}

test("any history is complained of exactly if no order of its transactions explains it", () => {
  const verdicts = { right: 0, wrong: 0 };
  fc.assert(
    fc.property(anyHistory, (given) => {
      const isRight = canBeInOrder(given);
      verdicts[isRight ? "right" : "wrong"] += 1;
      expect({ given, isRight: checkAppend(given).length === 0 }).toEqual({ given, isRight });
    }),
    { numRuns: 4000, seed: 1 },
  );
  expect(Math.min(verdicts.right, verdicts.wrong)).toBeGreaterThan(400);
});
