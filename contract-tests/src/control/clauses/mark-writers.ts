import assert from "node:assert/strict";
import type { ControlStore, MarkTarget } from "@cutover/core";
import type { ControlClause } from "../control-clause.ts";

const k: MarkTarget = { collection: "c", key: "k" };
const other: MarkTarget = { collection: "c", key: "other" };

function settle(control: ControlStore, mark: number, moved: MarkTarget[] = []): Promise<void> {
  return control.settle("u", { mark, targets: [k], moved });
}

async function writersOf(control: ControlStore): Promise<number | undefined> {
  const [first] = await control.marks("u", 1);
  return first?.writers;
}

/** Clears what is marked now. @returns how much is still marked */
async function clearAll(control: ControlStore): Promise<number> {
  await control.clear("u", await control.marks("u", 1e6));
  return (await control.marks("u", 1e6)).length;
}

/** Laws of writers at marks. */
export const markWriters: readonly ControlClause[] = [
  {
    id: "writers/both",
    title: "a mark of two writers is cleared only when both have settled",
    run: async ({ open }) => {
      const control = await open();
      const [one, two] = [await control.mark("u", [k]), await control.mark("u", [k])];
      assert.equal(await clearAll(control), 1, "nobody has settled");
      await settle(control, one);
      const [listed] = await control.marks("u", 1);
      assert.equal(await clearAll(control), 1, "one has not settled");
      assert.ok(listed !== undefined);
      await control.clear("u", [{ ...listed, writers: 0 }]);
      assert.equal(await writersOf(control), 1, "whatever the caller believes");
      await settle(control, two);
      assert.equal(await clearAll(control), 0);
    },
  },
  {
    id: "writers/marked-again",
    title: "clear() leaves a mark that was made again since it was listed",
    run: async ({ open }) => {
      const control = await open();
      await settle(control, await control.mark("u", [k]));
      const listed = await control.marks("u", 9);
      const again = await control.mark("u", [k]);
      await settle(control, again);
      await control.clear("u", listed);
      assert.deepEqual(
        (await control.marks("u", 9)).map(({ number, writers }) => [number, writers]),
        [[again, 0]],
      );
    },
  },
  {
    id: "writers/settled-since",
    title: "clear() leaves a mark that had a writer when it was listed",
    run: async ({ open }) => {
      const control = await open();
      const mark = await control.mark("u", [k]);
      const listed = await control.marks("u", 9);
      await settle(control, mark, [k]);
      await control.clear("u", listed);
      assert.deepEqual(
        (await control.marks("u", 9)).map(({ writers, moved }) => [writers, moved]),
        [[0, true]],
      );
    },
  },
  {
    id: "writers/moved",
    title: "settle() says which records moved, and that stays until the mark is cleared",
    run: async ({ open }) => {
      const control = await open();
      const targets = [k, other];
      const one = await control.mark("u", targets);
      await control.settle("u", { mark: one, targets, moved: [other] });
      const two = await control.mark("u", targets);
      await control.settle("u", { mark: two, targets, moved: [] });
      const moved = async (): Promise<boolean[]> =>
        (await control.marks("u", 9)).map((mark) => mark.moved);
      assert.deepEqual(await moved(), [false, true]);
      assert.equal(await clearAll(control), 0);
      await control.mark("u", targets);
      assert.deepEqual(await moved(), [false, false]);
    },
  },
  {
    id: "writers/never-below",
    title: "settling too often never makes up for a writer that has not settled",
    run: async ({ open }) => {
      const control = await open();
      const mark = await control.mark("u", [k]);
      for (let time = 0; time < 3; time++) await settle(control, mark);
      assert.equal(await writersOf(control), 0);
      await control.mark("u", [k]);
      assert.equal(await writersOf(control), 1);
    },
  },
  {
    id: "writers/named-twice",
    title: "a write that names a key twice is one writer",
    run: async ({ open }) => {
      const control = await open();
      const mark = await control.mark("u", [k, k, other]);
      assert.equal(await writersOf(control), 1);
      await control.settle("u", { mark, targets: [k, other], moved: [] });
      const again = await control.mark("u", [k]);
      await control.mark("u", [k]);
      await control.settle("u", { mark: again, targets: [k, k], moved: [] });
      assert.equal(await writersOf(control), 1);
    },
  },
  {
    id: "writers/orphans",
    title: "settleOrphans() takes those who never settled for settled, and all they did for moved",
    run: async ({ open }) => {
      const control = await open();
      await control.mark("u", [k]);
      await control.mark("u", [k]);
      const settled = await control.mark("u", [other]);
      await control.settle("u", { mark: settled, targets: [other], moved: [] });
      assert.equal(await control.settleOrphans("u"), 1);
      assert.deepEqual(
        (await control.marks("u", 9)).map(({ writers, moved }) => [writers, moved]),
        [
          [0, true],
          [0, false],
        ],
      );
      assert.equal(await control.settleOrphans("u"), 0);
      assert.equal(await clearAll(control), 0);
    },
  },
  {
    id: "writers/late-orphan",
    title: "a writer that was taken for dead does not settle for one that lives",
    run: async ({ open }) => {
      const control = await open();
      const dead = await control.mark("u", [k]);
      await control.settleOrphans("u");
      const alive = await control.mark("u", [k]);
      await settle(control, dead);
      assert.equal(await writersOf(control), 1, "while the mark was kept");
      await settle(control, alive);
      assert.equal(await clearAll(control), 0);
      await control.mark("u", [k]);
      await settle(control, dead);
      assert.equal(await writersOf(control), 1, "after it was cleared");
    },
  },
  {
    id: "writers/many",
    title: "of many marks at once, none is lost and none is left over",
    run: async ({ open }) => {
      const control = await open();
      const targets = Array.from({ length: 300 }, (_, index) => ({
        collection: "c",
        key: `k${index % 30}`,
      }));
      const numbers = await Promise.all(targets.map((target) => control.mark("u", [target])));
      assert.equal(new Set(numbers).size, 300);
      const found = await control.marks("u", 1e6);
      assert.deepEqual(
        found.map(({ writers }) => writers),
        Array.from({ length: 30 }, () => 10),
      );
      const half = targets.map((target, index) => ({
        mark: numbers[index] ?? 0,
        targets: [target],
        moved: [],
      }));
      await Promise.all(half.slice(0, 299).map((write) => control.settle("u", write)));
      assert.equal(await clearAll(control), 1);
      await Promise.all(half.slice(299).map((write) => control.settle("u", write)));
      assert.equal(await clearAll(control), 0);
    },
  },
];
