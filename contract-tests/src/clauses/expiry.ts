import assert from "node:assert/strict";
import {
  defineCollection,
  timestamp,
  type Collection,
  type CollectionDefinition,
  type JsonValue,
  type TimestampForm,
} from "@cutover/core";
import type { Clause, Topic } from "../clause.ts";
import { plain, sessions, type Session } from "../proof/collections.ts";
import { keysIn } from "../proof/keys-found.ts";
import { liveAndReopened } from "../proof/live-and-reopened.ts";
import { rejectsWith } from "../proof/rejection.ts";
import { trusted } from "../proof/trusted.ts";

type Ending = { readonly end?: JsonValue };

const ending = (as: TimestampForm): CollectionDefinition<Ending> =>
  defineCollection<Ending>({
    name: `ends_${as.replace("-", "_")}`,
    fields: { end: timestamp({ as }) },
    expiry: "end",
  });

const noonMs = Date.UTC(2025, 10, 29, 12);

/** The wall clock of this machine at an instant, as `iso-local` writes it. */
function wallClock(ms: number): string {
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, -1);
}

const written: Readonly<Record<TimestampForm, JsonValue>> = {
  "iso-utc": "2025-11-29T12:00:00Z",
  "iso-local": wallClock(noonMs),
  "epoch-s": noonMs / 1000,
  "epoch-ms": noonMs,
};

/** Everything that can be read of a collection with the records "gone" and "stays". */
async function seen(collection: Collection<Session>): Promise<readonly string[]> {
  const streamed: { key: string }[] = [];
  for await (const entry of collection.iterate()) streamed.push(entry);
  const single = ["gone", "stays"];
  const got = await Promise.all(single.map((key) => collection.get(key)));
  const has = await Promise.all(single.map((key) => collection.has(key)));
  const entries = await Promise.all(single.map((key) => collection.entry(key)));
  const [row] = await collection.aggregate({});
  const shown = (present: readonly unknown[]): string =>
    single.filter((_, index) => present[index] !== undefined && present[index] !== false).join(" ");
  return [
    shown(got),
    shown(has),
    shown(entries),
    [...(await collection.getMany(single)).keys()].join(" "),
    keysIn(await collection.find()),
    keysIn(
      await collection.find({ where: { $key: { in: single } }, orderBy: [{ field: "$key" }] }),
    ),
    keysIn((await collection.page({ limit: 9 })).entries),
    keysIn(streamed),
    keysIn(await collection.search("user")),
    single.slice(2 - (await collection.count())).join(" "),
    single.slice(2 - (row?.count ?? 0)).join(" "),
  ];
}

const gone: readonly Clause[] = [
  {
    id: "expiry/moment",
    title: "a record is gone from every read the moment its expiry is reached, and not before",
    run: async (context) => {
      let nowMs = 1999;
      const backend = await context.open([sessions], { clock: () => nowMs });
      const collection = backend.collection(sessions);
      await collection.put("gone", { expiresAt: 2000, user: "user one" });
      await collection.put("stays", { expiresAt: 5000, user: "user two" });
      for (const found of await seen(collection)) assert.equal(found, "gone stays");
      nowMs = 2000;
      for (const found of await seen(collection)) assert.equal(found, "stays");
      const inside = await backend.transaction(async (tx) => [
        await tx.collection(sessions).has("gone"),
        await tx.collection(sessions).count(),
        (await tx.collection(sessions).find()).length,
      ]);
      assert.deepEqual(inside, [false, 1, 1]);
    },
  },
  {
    id: "expiry/forms",
    title: "every form of timestamp ends a record at the instant it names",
    run: async (context) => {
      for (const form of trusted<TimestampForm[]>(Object.keys(written))) {
        const definition = ending(form);
        let nowMs = noonMs - 1;
        const options = { clock: () => nowMs, store: definition.name };
        const collection = (await context.open([definition], options)).collection(definition);
        await collection.put("k", { end: written[form] });
        assert.deepEqual(await collection.get("k"), { end: written[form] }, form);
        assert.equal(await collection.count(), 1, form);
        nowMs = noonMs;
        assert.equal(await collection.get("k"), undefined, form);
        assert.equal(await collection.count(), 0, form);
        assert.equal(await collection.deleteExpired(), 1, form);
      }
    },
  },
  {
    id: "expiry/never",
    title: "a record without an expiry, or with one that is no timestamp, never expires",
    run: async (context) => {
      const ends = [null, "2000", "1970-01-01T00:00:00Z", true, [1], {}, -1e300];
      await liveAndReopened(context, {
        collections: [sessions, plain],
        options: { clock: () => noonMs },
        write: async (backend) => {
          const collection = backend.collection(sessions);
          await collection.put("absent", {});
          for (const [index, expiresAt] of ends.entries())
            await collection.put(`k${index}`, { expiresAt });
          await backend.collection(plain).put("k", { expiresAt: 1 });
        },
        check: async (backend) => {
          const collection = backend.collection(sessions);
          assert.equal(await collection.deleteExpired(), 0);
          assert.equal(await collection.count(), ends.length + 1);
          assert.deepEqual(await collection.get("k1"), { expiresAt: "2000" });
          assert.equal(await backend.collection(plain).deleteExpired(), 0);
          assert.equal(await backend.collection(plain).count(), 1);
        },
      });
    },
  },
];

const overwritten: readonly Clause[] = [
  {
    id: "expiry/key-is-free",
    title: "to every write an expired record is not there",
    run: async (context) => {
      let nowMs = 1000;
      const backend = await context.open([sessions], { clock: () => nowMs });
      const collection = backend.collection(sessions);
      const expire = async (): Promise<string> => {
        nowMs = 1000;
        await collection.replaceAll([["k", { expiresAt: 2000, user: "old" }]]);
        const version = (await collection.entry("k"))?.version ?? "";
        nowMs = 2000;
        return version;
      };
      const ifVersion = await expire();
      const error = await rejectsWith("VERSION_CONFLICT", collection.put("k", {}, { ifVersion }));
      assert.equal(error.details.currentVersion, undefined);
      await rejectsWith("VERSION_CONFLICT", collection.delete("k", { ifVersion }));
      assert.equal(await collection.delete("k"), false);
      await expire();
      await collection.insert("k", { user: "new" });
      assert.deepEqual(await collection.get("k"), { user: "new" });
      await expire();
      assert.deepEqual(await collection.patch("k", { user: "new" }), { user: "new" });
      await expire();
      await collection.update("k", (current) => ({
        user: current === undefined ? "none" : "some",
      }));
      assert.deepEqual(await collection.get("k"), { user: "none" });
      await expire();
      assert.equal(await collection.deleteMany(["k"]), 0);
    },
  },
  {
    id: "expiry/prolonged",
    title: "a record that was given another expiry ends then",
    run: async (context) => {
      let nowMs = 1000;
      const backend = await context.open([sessions], { clock: () => nowMs });
      const collection = backend.collection(sessions);
      await collection.put("a", { expiresAt: 2000 });
      await collection.patch("a", { expiresAt: 3000 });
      await collection.put("b", { expiresAt: 3000 });
      await collection.patch("b", { expiresAt: null });
      nowMs = 2999;
      assert.equal(await collection.count(), 2);
      nowMs = 3000;
      assert.equal(keysIn(await collection.find()), "b");
    },
  },
];

const reclaimed: readonly Clause[] = [
  {
    id: "expiry/delete-expired",
    title: "deleteExpired() reclaims what has expired by then, tells how many, and leaves the rest",
    run: async (context) => {
      let nowMs = 1000;
      const backend = await context.open([sessions], { clock: () => nowMs });
      const collection = backend.collection(sessions);
      const stored = async (): Promise<number | undefined> =>
        (await backend.info()).collections.find(({ name }) => name === "sessions")?.records;
      for (const end of [2000, 3000, 4000]) await collection.put(`k${end}`, { expiresAt: end });
      await collection.put("never", {});
      nowMs = 3500;
      assert.equal(await collection.count(), 2);
      assert.equal(await stored(), 4, "what has expired is stored until it is reclaimed");
      assert.equal(await collection.deleteExpired(2000), 1);
      assert.equal(await stored(), 3);
      assert.equal(await collection.deleteExpired(), 1);
      assert.equal(await collection.deleteExpired(), 0);
      assert.equal(await stored(), 2);
      assert.equal(await collection.deleteExpired(9999), 1);
      assert.equal(keysIn(await collection.find()), "never");
      await rejectsWith("INVALID_QUERY", collection.deleteExpired(Number.NaN));
    },
  },
  {
    id: "expiry/clear",
    title: "clear() removes expired records too, and counts them",
    run: async (context) => {
      let nowMs = 1000;
      const backend = await context.open([sessions], { clock: () => nowMs });
      const collection = backend.collection(sessions);
      await collection.put("a", { expiresAt: 2000 });
      await collection.put("b", {});
      nowMs = 2000;
      assert.equal(await collection.clear(), 2);
      nowMs = 1000;
      assert.equal(await collection.count(), 0);
    },
  },
];

/** Records that end. */
export const expiry: Topic = {
  name: "expiry",
  law: "A record is gone from every read, and from every write's view, the moment the backend's clock reaches the timestamp in its expiry member; deleteExpired() reclaims it. A record without a valid timestamp there never expires. The clock is handed in.",
  unproven: "Anything about processes whose clocks differ.",
  clauses: [...gone, ...overwritten, ...reclaimed],
};
