import assert from "node:assert/strict";
import type { ControlStore, DirtyMark, MarkTarget } from "@cutover/core";
import { hostileKeys } from "../../corpus/hostile-keys.ts";
import type { ControlClause } from "../control-clause.ts";

const whole: MarkTarget = { collection: "c", key: undefined };
const at = (key: string, collection = "c"): MarkTarget => ({ collection, key });

async function places(control: ControlStore, unit = "u"): Promise<MarkTarget[]> {
  const found: readonly DirtyMark[] = await control.marks(unit, 1e6);
  return found.map(({ collection, key }) => ({ collection, key }));
}

/** Laws of what is marked. */
export const marks: readonly ControlClause[] = [
  {
    id: "marks/listed",
    title: "marks() lists what is marked, the oldest first, each place once",
    run: async ({ open }) => {
      let now = 1000;
      const control = await open({ clock: () => now });
      const first = await control.mark("u", [at("b"), whole]);
      now = 2000;
      const second = await control.mark("u", [at("a")]);
      const third = await control.mark("u", [at("b")]);
      const base = { collection: "c", moved: false };
      const expected = [
        { ...base, key: "b", number: third, writers: 2, sinceMs: 1000 },
        { ...base, key: undefined, number: first, writers: 1, sinceMs: 1000 },
        { ...base, key: "a", number: second, writers: 1, sinceMs: 2000 },
      ];
      assert.deepEqual(await control.marks("u", 9), expected);
      assert.deepEqual(await control.marks("u", 2), expected.slice(0, 2));
      assert.ok(first < second && second < third, "numbers do not grow");
    },
  },
  {
    id: "marks/any-key",
    title: "any key can be marked, and the empty one is not the whole collection",
    run: async ({ open }) => {
      const control = await open();
      const targets = [whole, at(""), ...hostileKeys.map((key) => at(key))];
      await control.mark("u", targets);
      assert.deepEqual(await places(control), targets);
      const [all, ...keys] = await control.marks("u", 1e6);
      assert.ok(all !== undefined);
      await control.settle("u", { mark: all.number, targets: [whole, at("")], moved: [] });
      await control.clear("u", [{ ...all, writers: 0 }]);
      assert.deepEqual(await places(control), targets.slice(1));
      await control.clear(
        "u",
        keys.slice(0, 1).map((mark) => ({ ...mark, writers: 0 })),
      );
      assert.deepEqual(await places(control), targets.slice(2));
    },
  },
  {
    id: "marks/numbers",
    title: "the number of a mark is never used again, cleared or not",
    run: async ({ open }) => {
      const control = await open();
      let last = 0;
      for (let time = 0; time < 5; time++) {
        const mark = await control.mark("u", [at("k")]);
        assert.ok(mark > last, "the number was used before");
        last = mark;
        await control.settle("u", { mark, targets: [at("k")], moved: [] });
        await control.clear("u", await control.marks("u", 9));
        assert.deepEqual(await places(control), []);
      }
    },
  },
  {
    id: "marks/apart",
    title: "units and collections have marks of their own",
    run: async ({ open }) => {
      const control = await open();
      const mark = await control.mark("u", [at("k"), at("k", "d")]);
      await control.mark("v", [at("k")]);
      await control.settle("u", { mark, targets: [at("k")], moved: [at("k")] });
      const states = async (unit: string): Promise<unknown> =>
        (await control.marks(unit, 9)).map(({ writers, moved }) => [writers, moved]);
      assert.deepEqual(await states("u"), [
        [0, true],
        [1, false],
      ]);
      assert.deepEqual(await states("v"), [[1, false]]);
      await control.clear("u", await control.marks("u", 9));
      assert.deepEqual(await places(control), [at("k", "d")]);
      assert.deepEqual(await places(control, "v"), [at("k")]);
      assert.equal(await control.settleOrphans("v"), 1);
      assert.deepEqual(await states("u"), [[1, false]]);
    },
  },
  {
    id: "marks/found",
    title: "markSettled() marks without a writer, and takes nothing from one that is there",
    run: async ({ open }) => {
      const control = await open();
      await control.markSettled("u", [
        { ...at("a"), moved: true },
        { ...at("b"), moved: false },
      ]);
      const writer = await control.mark("u", [at("b")]);
      const before = await control.marks("u", 9);
      await control.markSettled("u", [
        { ...at("a"), moved: false },
        { ...at("b"), moved: true },
      ]);
      const after = await control.marks("u", 9);
      assert.deepEqual(
        after.map(({ writers, moved }) => [writers, moved]),
        [
          [0, true],
          [1, true],
        ],
      );
      assert.ok(after.every(({ number }) => number > writer));
      await control.clear("u", before);
      assert.deepEqual(await control.marks("u", 9), after);
    },
  },
  {
    id: "marks/counted",
    title: "count() counts keys, collections and writers, and knows the oldest",
    run: async ({ open }) => {
      let now = 5000;
      const control = await open({ clock: () => now });
      const none = { keys: 0, collections: [], writing: 0, oldestMs: undefined };
      assert.deepEqual(await control.count("u"), none);
      await control.mark("u", [at("a"), whole]);
      now = 6000;
      await control.markSettled("u", [{ ...at("b", "d"), moved: false }]);
      assert.deepEqual(await control.count("u"), {
        keys: 2,
        collections: ["c"],
        writing: 2,
        oldestMs: 5000,
      });
      assert.deepEqual(await control.count("v"), none);
    },
  },
];
