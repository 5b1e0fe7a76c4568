import { expect, test } from "vitest";
import { contest } from "../src/contest.ts";

test("the contestants' turns alternate, and another one begins each round", async () => {
  const turns: string[] = [];
  const contestant = (name: string) => ({
    name,
    asynchronous: false,
    operation: () => turns.push(name),
  });
  await contest(["a", "b", "c"].map(contestant), { rounds: 3, operations: 1 });
  expect(turns.join("")).toBe(["abc", "abc", "bca", "cab"].join(""));
});

test("no two operations of a contestant have the same index, so that every write writes", async () => {
  const seen: number[] = [];
  const contestant = {
    name: "a",
    asynchronous: false,
    operation: (index: number) => seen.push(index),
  };
  await contest([contestant], { rounds: 2, operations: 3, latencies: true });
  expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => index));
  expect(seen).toHaveLength(3 + 2 * (3 + 3));
});

test("a promise is awaited before the next operation begins", async () => {
  let running = 0;
  let most = 0;
  const operation = async (): Promise<void> => {
    running++;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
  };
  await contest([{ name: "a", asynchronous: true, operation }], { rounds: 2, operations: 5 });
  expect(most).toBe(1);
});

test("a turn is prepared each time, and the preparation is none of its operations", async () => {
  const calls: string[] = [];
  const [timing] = await contest(
    [
      {
        name: "a",
        asynchronous: false,
        prepare: () => calls.push("prepare"),
        operation: () => calls.push("operation"),
      },
    ],
    { rounds: 2, operations: 2 },
  );
  const turn = ["prepare", "operation", "operation"];
  expect(calls).toEqual([...turn, ...turn, ...turn]);
  expect(timing?.rounds).toHaveLength(2);
});

test("an operation that fails ends the contest with its error", async () => {
  const failure = new Error("no such table");
  const operation = (): never => {
    throw failure;
  };
  const failing = contest([{ name: "a", asynchronous: false, operation }], {
    rounds: 1,
    operations: 1,
  });
  await expect(failing).rejects.toBe(failure);
});
