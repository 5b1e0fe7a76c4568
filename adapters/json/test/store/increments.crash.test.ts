import { describe, expect, it } from "vitest";
import { fileStore } from "../../src/store/file-store.ts";
import { startChild } from "./child-process.ts";
import { readCounter } from "./counter.ts";
import { leftovers, tempFolder } from "./temp-folder.ts";

const processes = 4;

const ways = [
  { lock: "lock", pace: "plain", each: 250 },
  { lock: "no-lock", pace: "plain", each: 250 },
  { lock: "lock", pace: "jitter", each: 60 },
  { lock: "no-lock", pace: "jitter", each: 60 },
];

describe("increments by several processes", () => {
  it.each(ways)(
    "of $each each add up exactly with $lock and $pace commits",
    async ({ lock, pace, each }) => {
      const root = tempFolder();
      const children = Array.from({ length: processes }, () =>
        startChild("./increment.fixture.ts", [root, String(each), lock, pace]),
      );
      for (const child of children) expect(await child.ended).toBe("exit");

      const store = await fileStore({ root });
      expect(await readCounter(store, "counter.json")).toBe(processes * each);
      expect(store.snapshot(["counter.json"]).revision).toBe(processes * each);
      await store.close();
      expect(leftovers(root)).toEqual([]);
    },
  );
});

describe("a transfer between two files", () => {
  it("is never seen half-way by a reader in another process", async () => {
    const root = tempFolder();
    const transfers = 150;
    const writers = [1, 2].map(() =>
      startChild("./transfer.fixture.ts", [root, String(transfers)]),
    );
    const ended = Promise.all(writers.map(({ ended }) => ended));
    const running = { now: true };
    const stop = (): void => {
      running.now = false;
    };
    ended.then(stop, stop);

    const store = await fileStore({ root });
    const sums = new Set<number>();
    const seen = new Set<number>();
    while (running.now) {
      const { bytes } = await store.read(["a.json", "sub/b.json"]);
      const a = Number(bytes.get("a.json") ?? 0);
      sums.add(a + Number(bytes.get("sub/b.json") ?? 0));
      seen.add(a);
      await new Promise((resolve) => setImmediate(resolve));
    }

    expect(await ended).toEqual(["exit", "exit"]);
    expect([...sums]).toEqual([0]);
    // Fewer would mean that the reader did not overlap with the writers.
    expect(seen.size).toBeGreaterThan(10);
    expect(await readCounter(store, "sub/b.json")).toBe(2 * transfers);
    await store.close();
  });
});
