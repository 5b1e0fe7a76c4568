import assert from "node:assert/strict";
import type { AuditEntry, ControlStore, JsonValue } from "@cutover/core";
import { hostileValues } from "../../corpus/hostile-values.ts";
import { rejectsWith } from "../../proof/rejection.ts";
import { trusted } from "../../proof/trusted.ts";
import type { ControlClause } from "../control-clause.ts";

const entry = (action: string, details: JsonValue = null): AuditEntry => ({
  at: "2026-11-01T00:00:00.000Z",
  action,
  unit: "u",
  actor: "operator",
  details,
});

/** Everything that a refused commit must leave as it was. */
async function everything(control: ControlStore): Promise<unknown> {
  const [generation, records, audit] = [control.generation(), control.records(), control.audit(99)];
  return { generation: await generation, records: await records, audit: await audit };
}

/** Laws of records, audit and generation. */
export const records: readonly ControlClause[] = [
  {
    id: "records/kept",
    title: "commit() keeps records as they are given, revision by revision",
    run: async ({ open }) => {
      const control = await open();
      assert.deepEqual(await control.records(), []);
      for (const [revision, value] of hostileValues.entries()) {
        await control.commit([{ name: "unit:a/b 😀", revision, value }], []);
        const expected = { name: "unit:a/b 😀", revision: revision + 1, value };
        assert.deepEqual(await control.records(), [expected]);
      }
    },
  },
  {
    id: "records/all-or-nothing",
    title: "commit() with a stale revision rejects with VERSION_CONFLICT and changes nothing",
    run: async ({ open }) => {
      const control = await open();
      await control.commit([{ name: "a", revision: 0, value: 1 }], [entry("made")]);
      const before = await everything(control);
      for (const revision of [0, 2]) {
        const changes = [
          { name: "b", revision: 0, value: 1 },
          { name: "a", revision, value: 2 },
        ];
        await rejectsWith("VERSION_CONFLICT", control.commit(changes, [entry("lost")]));
        assert.deepEqual(await everything(control), before);
      }
      const missing = [{ name: "c", revision: 1, value: 1 }];
      await rejectsWith("VERSION_CONFLICT", control.commit(missing, []), "one that is not there");
      assert.deepEqual(await everything(control), before);
    },
  },
  {
    id: "records/one-wins",
    title: "of several commits at the same revision, one wins",
    run: async ({ open }) => {
      const control = await open();
      const commits = Array.from({ length: 8 }, (_, value) =>
        control.commit([{ name: "a", revision: 0, value }], [entry("won", value)]),
      );
      const ends = await Promise.allSettled(commits);
      const winners = ends.flatMap(({ status }, index) => (status === "fulfilled" ? [index] : []));
      assert.equal(winners.length, 1);
      assert.deepEqual(
        (await control.records()).map(({ value }) => value),
        winners,
      );
      assert.deepEqual(
        (await control.audit(9)).map(({ details }) => details),
        winners,
      );
    },
  },
  {
    id: "records/generation",
    title: "generation() is another one after every commit, and after nothing else",
    run: async ({ open }) => {
      const control = await open();
      const seen = new Set([await control.generation()]);
      for (let revision = 0; revision < 5; revision++) {
        await control.commit([{ name: "a", revision, value: revision }], []);
        const generation = await control.generation();
        assert.ok(generation !== undefined && !seen.has(generation), "it was seen before");
        seen.add(generation);
        await control.mark("u", [{ collection: "c", key: "k" }]);
        await control.markSettled("u", [{ collection: "c", key: "k", moved: true }]);
        await control.note("t", "k", 1);
        (await control.lock("l", "exclusive", { timeoutMs: 1000 })).release();
        await control.records();
        assert.equal(await control.generation(), generation);
      }
      await control.commit([], [entry("only the audit")]);
      assert.ok(!seen.has(await control.generation()), "a commit without records went unseen");
    },
  },
  {
    id: "records/copies",
    title: "records and audit that are handed in and out are copies",
    run: async ({ open }) => {
      const control = await open();
      const value = { inner: [1] };
      await control.commit([{ name: "a", revision: 0, value }], [entry("made", value)]);
      value.inner.push(2);
      for (let time = 0; time < 2; time++) {
        const [record] = await control.records();
        const [row] = await control.audit(1);
        assert.deepEqual(record?.value, { inner: [1] });
        assert.deepEqual(row?.details, { inner: [1] });
        for (const found of [record?.value, row?.details])
          trusted<{ inner: number[] }>(found).inner.push(3);
      }
    },
  },
  {
    id: "records/audit",
    title: "audit() answers with the newest rows first, numbered one after the other",
    run: async ({ open }) => {
      const control = await open();
      await control.commit([], [entry("a"), entry("b", { why: "😀" })]);
      await control.commit([], [entry("c")]);
      const rows = await control.audit(10);
      assert.deepEqual(
        rows.map(({ action }) => action),
        ["c", "b", "a"],
      );
      const [first = 0] = rows.map(({ number }) => number);
      assert.deepEqual(
        rows.map(({ number }) => number),
        [first, first - 1, first - 2],
      );
      assert.deepEqual(rows[1], { ...entry("b", { why: "😀" }), number: first - 1 });
      assert.deepEqual(await control.audit(2), rows.slice(0, 2));
    },
  },
  {
    id: "records/incarnation",
    title: "every store has an incarnation of its own, which stays",
    run: async ({ open }) => {
      const [one, two] = [await open(), await open()];
      const incarnation = await one.incarnation();
      await one.commit([{ name: "a", revision: 0, value: 1 }], []);
      assert.equal(await one.incarnation(), incarnation);
      assert.notEqual(await two.incarnation(), incarnation);
    },
  },
];
