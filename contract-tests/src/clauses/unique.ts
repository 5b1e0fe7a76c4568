import assert from "node:assert/strict";
import type { Clause, Topic } from "../clause.ts";
import { accounts, sessions, type Account } from "../proof/collections.ts";
import { liveAndReopened } from "../proof/live-and-reopened.ts";
import { refusedUnchanged, rejectsWith } from "../proof/rejection.ts";

const clashes: readonly Clause[] = [
  {
    id: "unique/clash",
    title:
      "every kind of write that would repeat a unique value is ALREADY_EXISTS and changes nothing",
    run: async (context) => {
      const collection = (await context.open([accounts])).collection(accounts);
      await collection.put("a", { email: "x", note: 1 });
      await collection.put("b", { email: "y", note: 2 });
      const calls = [
        () => collection.insert("c", { email: "x" }),
        () => collection.put("c", { email: "x" }),
        () => collection.put("b", { email: "x" }),
        () => collection.patch("b", { email: "x" }),
        () => collection.patch("c", { email: "x" }),
        () => collection.update("b", (current) => ({ ...current, email: "x" })),
        () => collection.putMany([["c", { email: "x" }]]),
      ];
      for (const call of calls) {
        const error = await refusedUnchanged(collection, "ALREADY_EXISTS", call);
        assert.equal(error.details.constraint, "email");
      }
    },
  },
  {
    id: "unique/group",
    title: "a group clashes only when all of its members are equal, and is named",
    run: async (context) => {
      const collection = (await context.open([accounts])).collection(accounts);
      await collection.put("a", { team: "red", slot: 1 });
      await collection.put("b", { team: "red", slot: 2 });
      await collection.put("c", { team: "blue", slot: 1 });
      const call = (): Promise<void> => collection.put("d", { team: "red", slot: 2 });
      const error = await refusedUnchanged(collection, "ALREADY_EXISTS", call);
      assert.equal(error.details.constraint, "team,slot");
      assert.equal(await collection.count(), 3);
    },
  },
  {
    id: "unique/reopened",
    title: "a unique value is still taken after the store was closed and opened",
    run: (context) =>
      liveAndReopened(context, {
        collections: [accounts],
        write: (backend) =>
          backend.collection(accounts).put("a", { email: "x", team: "t", slot: 1 }),
        check: async (backend) => {
          const collection = backend.collection(accounts);
          await refusedUnchanged(collection, "ALREADY_EXISTS", () =>
            collection.put("b", { email: "x" }),
          );
          await refusedUnchanged(collection, "ALREADY_EXISTS", () =>
            collection.put("b", { team: "t", slot: 1 }),
          );
        },
      }),
  },
  {
    id: "unique/within-a-batch",
    title: "two records of one batch that clash refuse the whole batch",
    run: async (context) => {
      const collection = (await context.open([accounts])).collection(accounts);
      await collection.put("a", { email: "x" });
      const twins = [
        ["b", { email: "new" }],
        ["c", { email: "y" }],
        ["d", { email: "y" }],
      ] as const;
      await refusedUnchanged(collection, "ALREADY_EXISTS", () => collection.putMany(twins));
      await refusedUnchanged(collection, "ALREADY_EXISTS", () => collection.replaceAll(twins));
    },
  },
  {
    id: "unique/one-wins",
    title: "of concurrent writers of one unique value exactly one succeeds",
    run: async (context) => {
      const backend = await context.open([accounts]);
      const collection = backend.collection(accounts);
      const tries = Array.from({ length: 20 }, (_, index) =>
        index % 2 === 0
          ? collection.put(`k${index}`, { email: "x" })
          : backend.transaction((tx) => tx.collection(accounts).put(`k${index}`, { email: "x" })),
      );
      const ends = await Promise.allSettled(tries);
      assert.equal(ends.filter(({ status }) => status === "fulfilled").length, 1);
      assert.equal(await collection.count(), 1);
    },
  },
];

const distinctAccounts: readonly Account[] = [
  { email: "x" },
  { email: "X" },
  { email: "x " },
  { email: " x" },
  { email: "caf\u00e9" },
  { email: "cafe\u0301" },
  { email: "" },
  { email: "1" },
  { email: "1.0" },
  { email: "null" },
  { email: "a,b" },
  { email: 'a","b' },
  { team: "a", slot: 1 },
  { team: "A", slot: 1 },
  { team: "a", slot: -1 },
  { team: "a", slot: 0 },
];

const without: readonly Account[] = [
  {},
  {},
  { email: null },
  { email: null },
  { email: 7 },
  { email: 7 },
  { email: ["x"] },
  { email: ["x"] },
  { team: "t", slot: null },
  { team: "t", slot: null },
  { team: "t", slot: "1" },
  { team: "t", slot: "1" },
  { slot: 1 },
  { slot: 1 },
  { team: "t" },
  { team: "t" },
  { team: "t", slot: 1.5 },
  { team: "t", slot: 1.5 },
];

const allowed: readonly Clause[] = [
  {
    id: "unique/exact",
    title: "values that differ in case, normalisation or spaces do not clash",
    run: async (context) => {
      const collection = (await context.open([accounts])).collection(accounts);
      for (const [index, account] of distinctAccounts.entries())
        await collection.insert(`k${index}`, account);
      assert.equal(await collection.count(), distinctAccounts.length);
      const email = (): Promise<void> => collection.insert("k", { email: "cafe\u0301" });
      await rejectsWith("ALREADY_EXISTS", email());
    },
  },
  {
    id: "unique/null-absent-misfit",
    title: "null, absent and misfit never clash",
    run: (context) =>
      liveAndReopened(context, {
        collections: [accounts],
        write: async (backend) => {
          for (const [index, account] of without.entries())
            await backend.collection(accounts).insert(`k${index}`, account);
        },
        check: async (backend) => {
          const found = await backend.collection(accounts).find();
          assert.deepEqual(
            found.map(({ value }) => value),
            without,
          );
        },
      }),
  },
  {
    id: "unique/own-value",
    title: "a record may be written again with its own unique values",
    run: async (context) => {
      const collection = (await context.open([accounts])).collection(accounts);
      await collection.put("a", { email: "x", team: "t", slot: 1 });
      await collection.put("a", { email: "x", team: "t", slot: 1, note: 1 });
      await collection.patch("a", { note: 2 });
      await collection.putMany([
        ["a", { email: "x", note: 3 }],
        ["a", { email: "x", note: 4 }],
      ]);
      assert.deepEqual(await collection.get("a"), { email: "x", note: 4 });
    },
  },
  {
    id: "unique/given-up",
    title: "a value that was given up can be taken, at once and in the same batch",
    run: async (context) => {
      const backend = await context.open([accounts]);
      const collection = backend.collection(accounts);
      await collection.put("a", { email: "x" });
      await collection.put("a", { email: "y" });
      await collection.put("b", { email: "x" });
      await collection.delete("b");
      await collection.put("c", { email: "x" });
      await collection.put("a", { email: null });
      await collection.putMany([
        ["c", { email: "z" }],
        ["d", { email: "x" }],
        ["e", { email: "y" }],
      ]);
      await backend.transaction(async (tx) => {
        await tx.collection(accounts).delete("d");
        await tx.collection(accounts).put("f", { email: "x" });
      });
      await collection.clear();
      await collection.put("g", { email: "x" });
      assert.deepEqual(
        (await collection.find()).map(({ key }) => key),
        ["g"],
      );
    },
  },
  {
    id: "unique/moving",
    title: "values may change places by replaceAll(), or step by step in a transaction",
    run: async (context) => {
      const backend = await context.open([accounts]);
      const collection = backend.collection(accounts);
      await collection.putMany([
        ["a", { email: "x" }],
        ["b", { email: "y" }],
      ]);
      await collection.replaceAll([
        ["a", { email: "y" }],
        ["b", { email: "x" }],
      ]);
      await backend.transaction(async (tx) => {
        await tx.collection(accounts).put("a", {});
        await tx.collection(accounts).put("b", { email: "y" });
        await tx.collection(accounts).put("a", { email: "x" });
      });
      assert.deepEqual(await collection.find(), [
        { key: "a", value: { email: "x" } },
        { key: "b", value: { email: "y" } },
      ]);
    },
  },
  {
    id: "unique/undone",
    title: "a value claimed in what was rolled back is free, one given up there is still taken",
    run: async (context) => {
      const backend = await context.open([accounts]);
      const collection = backend.collection(accounts);
      await collection.put("a", { email: "x" });
      const undone = backend.transaction(async (tx) => {
        await tx.collection(accounts).delete("a");
        await tx.collection(accounts).put("b", { email: "y" });
        throw new Error("no");
      });
      await assert.rejects(undone, /^Error: no$/);
      await refusedUnchanged(collection, "ALREADY_EXISTS", () =>
        collection.put("b", { email: "x" }),
      );
      await collection.put("c", { email: "y" });
    },
  },
  {
    id: "unique/expired",
    title: "an expired record holds no unique value",
    run: async (context) => {
      let nowMs = 1000;
      const backend = await context.open([sessions], { clock: () => nowMs });
      const collection = backend.collection(sessions);
      await collection.put("a", { user: "u", expiresAt: 2000 });
      await rejectsWith("ALREADY_EXISTS", collection.put("b", { user: "u" }));
      nowMs = 2000;
      await collection.put("b", { user: "u" });
      assert.deepEqual(
        (await collection.find()).map(({ key }) => key),
        ["b"],
      );
      await rejectsWith("ALREADY_EXISTS", collection.insert("c", { user: "u" }));
    },
  },
];

/** Values that must differ between records. */
export const unique: Topic = {
  name: "unique",
  law: "Members, or groups of them, that are declared unique differ between any two records; a write that would repeat one is ALREADY_EXISTS, names the constraint by its members, and changes nothing. Values are compared exactly. Null, absent and misfit never clash; in a group one of them is enough.",
  unproven:
    "Anything about records that a foreign program put in a file behind the library's back.",
  clauses: [...clashes, ...allowed],
};
