import assert from "node:assert/strict";
import type { ControlClause } from "../control-clause.ts";

/** Laws of notes. */
export const notes: readonly ControlClause[] = [
  {
    id: "notes/kept",
    title: "notes() lists the notes of a topic, the oldest first, each key once",
    run: async ({ open }) => {
      const control = await open();
      await control.note("t", "b", { n: [1] });
      await control.note("t", "a 😀", 2);
      await control.note("t", "", null);
      await control.note("other", "b", 9);
      await control.note("t", "b", 3);
      const expected = [
        { key: "b", value: 3 },
        { key: "a 😀", value: 2 },
        { key: "", value: null },
      ];
      assert.deepEqual(await control.notes("t"), expected);
      assert.deepEqual(await control.notes("t", 2), expected.slice(0, 2));
      assert.deepEqual(await control.notes("none"), []);
    },
  },
  {
    id: "notes/removed",
    title: "note() with undefined removes one note and no other",
    run: async ({ open }) => {
      const control = await open();
      for (const key of ["a", "b"]) await control.note("t", key, 1);
      await control.note("other", "a", 1);
      await control.note("t", "a", undefined);
      await control.note("t", "missing", undefined);
      assert.deepEqual(await control.notes("t"), [{ key: "b", value: 1 }]);
      assert.deepEqual(await control.notes("other"), [{ key: "a", value: 1 }]);
      await control.note("t", "a", 2);
      assert.deepEqual(
        (await control.notes("t")).map(({ key }) => key),
        ["b", "a"],
      );
    },
  },
];
