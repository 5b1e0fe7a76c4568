import { expect, test } from "vitest";
import { EntryStream } from "../src/backend/entry-stream.ts";

/** Batches of numbers, and what happened to them. */
function numbers(batches: readonly (readonly number[])[]): {
  readonly source: AsyncGenerator<readonly number[], void>;
  readonly ended: () => boolean;
} {
  let ended = false;
  async function* source(): AsyncGenerator<readonly number[], void> {
    try {
      for (const batch of batches) {
        await Promise.resolve();
        yield batch;
      }
    } finally {
      ended = true;
    }
  }
  return { source: source(), ended: () => ended };
}

test("a stream hands out what its batches hold, in order, empty batches passed over", async () => {
  const { source, ended } = numbers([[1, 2], [], [3], []]);
  const found: number[] = [];
  for await (const value of new EntryStream(source, undefined)) found.push(value);
  expect(found).toEqual([1, 2, 3]);
  expect(ended()).toBe(true);
});

test("calls that were not awaited are answered in their order, and end with done", async () => {
  const stream = new EntryStream(numbers([[1], [2, 3]]).source, undefined);
  const answers = await Promise.all(Array.from({ length: 5 }, () => stream.next()));
  expect(answers.map(({ done, value }) => (done === true ? "done" : value))).toEqual([
    1,
    2,
    3,
    "done",
    "done",
  ]);
});

test("leaving a stream ends its batches, and nothing comes after", async () => {
  const { source, ended } = numbers([
    [1, 2],
    [3, 4],
  ]);
  const stream = new EntryStream(source, undefined);
  for await (const value of stream) if (value === 1) break;
  expect(ended()).toBe(true);
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test("an aborted stream refuses what is left of a batch, once, and ends its batches", async () => {
  const { source, ended } = numbers([[1, 2]]);
  const controller = new AbortController();
  const stream = new EntryStream(source, controller.signal);
  expect(await stream.next()).toEqual({ done: false, value: 1 });
  const reason = new Error("enough");
  controller.abort(reason);
  await expect(stream.next()).rejects.toBe(reason);
  expect(ended()).toBe(true);
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});
