import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  defineCollection,
  integer,
  memoryBackend,
  replicaOf,
  type RecordState,
  type StorageBackend,
} from "@cutover/core";
import { jsonBackend } from "@cutover/json";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentOf } from "./equal-stores.ts";

const once = defineCollection<{ n: number }>({ name: "once", fields: { n: integer() } });
const twice = defineCollection<{ n: number }>({ name: "twice", fields: { n: integer() } });

/** A store of its own that is thrown away. */
interface Opened extends AsyncDisposable {
  readonly store: StorageBackend;
}

async function opened(make: (folder: string) => Promise<StorageBackend>): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), "cutover-apply-"));
  const store = await make(folder);
  for (const collection of [once, twice]) store.collection(collection);
  return {
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

const stores = {
  memory: async () => memoryBackend(),
  json: async (folder: string) => jsonBackend({ folder }),
  sqlite: async (folder: string) => sqliteBackend({ path: join(folder, "data.db") }),
} as const;

/**
 * What records are to be; undefined: absent. As the drain's batches, it has each key once, and what
 * is put anew at the end comes last.
 */
const wanted = fc
  .uniqueArray(
    fc.record({
      key: fc.constantFrom("a", "b", "c", "d", "e"),
      n: fc.option(fc.nat(9), { nil: undefined }),
      asNewest: fc.boolean(),
    }),
    { selector: ({ key }) => key, minLength: 1 },
  )
  .map((batch) => batch.toSorted((one, other) => Number(one.asNewest) - Number(other.asNewest)));

describe.each(Object.entries(stores))("%s", (_name, make) => {
  it("is the same after states were applied twice, or again after a crash in between, as after once", async () => {
    await using own = await opened(make);
    const { store } = own;
    const replica = replicaOf(store);
    const applyTo = async (
      collection: typeof once,
      batch: readonly { key: string; n: number | undefined; asNewest: boolean }[],
    ): Promise<void> => {
      const states = batch.map(({ key, n, asNewest }): RecordState => ({
        collection,
        key,
        value: n === undefined ? undefined : { n },
        ...(asNewest ? { asNewest } : {}),
      }));
      await replica.apply(states);
    };
    await fc.assert(
      fc.asyncProperty(fc.array(wanted, { minLength: 1, maxLength: 4 }), async (batches) => {
        for (const collection of [once, twice]) await replica.clear(collection);
        for (const batch of batches) {
          await applyTo(once, batch);
          await applyTo(twice, batch);
          await applyTo(twice, batch);
        }
        expect(await contentOf(store, twice)).toEqual(await contentOf(store, once));
      }),
      { numRuns: 40 },
    );
  });
});
