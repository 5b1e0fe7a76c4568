import { isStorageError } from "@cutover/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentOf } from "../drain/equal-stores.ts";
import { items, TwoStores, unit } from "../backend/two-stores.ts";

const count = 1500;
const keyOf = (index: number): string => `k${index}`;
const runs = process.env["CUTOVER_PROOF"] === "full" ? 60 : 4;

/** What the application does while it is copied: each number is a key to delete, or to put again. */
const traffic = fc.array(fc.record({ key: fc.nat(count), isGone: fc.boolean() }), {
  maxLength: 12,
});

describe("a backfill that is interrupted again and again while others write", () => {
  it("brings nothing back that was deleted, and nothing old over what is newer, and ends with both stores equal", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ at: fc.nat(3), traffic }), { minLength: 1, maxLength: 6 }),
        async (interruptions) => {
          await using hop = await TwoStores.make();
          const app = await hop.app();
          const collection = app.collection(items);
          await collection.replaceAll(
            Array.from({ length: count }, (_, n) => [keyOf(n), { n }] as const),
          );
          await (await hop.operator()).start(unit);
          let version = count;
          for (const { at, traffic: steps } of interruptions) {
            const stop = new AbortController();
            let passed = 0;
            const operator = await hop.operator({
              at: async (point) => {
                if (point !== "reconcile/batch" || passed++ !== at) return;
                for (const { key, isGone } of steps) {
                  if (isGone) await collection.delete(keyOf(key));
                  else await collection.put(keyOf(key), { n: version++ });
                }
                stop.abort(new Error("interrupted"));
              },
            });
            await operator.backfill(unit, { signal: stop.signal }).catch((error: unknown) => {
              if (isStorageError(error) || !stop.signal.aborted) throw error;
            });
          }
          await (await hop.operator()).backfill(unit);
          await hop.drained();
          expect(await contentOf(hop.new.backend, items)).toEqual(
            await contentOf(hop.old.backend, items),
          );
        },
      ),
      { numRuns: runs },
    );
  });
});

it("two backfills at once both end, and copy what there is", async () => {
  await using hop = await TwoStores.make();
  const app = await hop.app();
  await app
    .collection(items)
    .replaceAll(Array.from({ length: count }, (_, n) => [keyOf(n), { n }] as const));
  const [one, other] = [await hop.operator(), await hop.operator()];
  await one.start(unit);
  const records = await Promise.all([one.backfill(unit), other.backfill(unit)]);
  expect(records.map(({ backfilled }) => backfilled)).toEqual([true, true]);
  await hop.drained();
  expect(await contentOf(hop.new.backend, items)).toEqual(await contentOf(hop.old.backend, items));
  const copied = (await one.log(10)).filter(({ action }) => action === "backfill");
  expect(copied).toHaveLength(1);
});

it("is refused where nothing is mirrored", async () => {
  await using hop = await TwoStores.make();
  const operator = await hop.operator();
  await expect(operator.backfill(unit)).rejects.toMatchObject({
    code: "STAGE_REFUSED",
    details: expect.objectContaining({ nextCommand: "cutover start --unit items" }),
  });
});
