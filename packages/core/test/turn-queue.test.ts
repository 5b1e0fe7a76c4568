import { expect, test } from "vitest";
import { TurnQueue } from "@cutover/core";

const patient = { timeoutMs: 10_000, signal: undefined };

test("turns are given one at a time, first come, first served", async () => {
  const queue = new TurnQueue();
  const order: number[] = [];
  let holders = 0;
  await Promise.all(
    Array.from({ length: 20 }, async (_unused, index) => {
      const end = await queue.take(patient);
      holders++;
      expect(holders).toBe(1);
      order.push(index);
      await Promise.resolve();
      holders--;
      end();
    }),
  );
  expect(order).toEqual(Array.from({ length: 20 }, (_unused, index) => index));
});

test("waiting ends with LOCK_TIMEOUT, and the one who gave up gets no turn", async () => {
  const queue = new TurnQueue();
  const end = await queue.take(patient);
  await expect(queue.take({ timeoutMs: 1, signal: undefined })).rejects.toMatchObject({
    code: "LOCK_TIMEOUT",
  });
  end();
  await queue.idle();
});

test("waiting ends with the signal's own reason", async () => {
  const queue = new TurnQueue();
  const end = await queue.take(patient);
  const stop = new AbortController();
  const reason = new Error("changed my mind");
  const waiting = queue.take({ timeoutMs: 10_000, signal: stop.signal });
  stop.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  end();
});

test("ending a turn twice does not give two turns", async () => {
  const queue = new TurnQueue();
  const first = await queue.take(patient);
  const second = queue.take(patient);
  const third = queue.take({ timeoutMs: 20, signal: undefined });
  first();
  first();
  await second;
  await expect(third).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
});
