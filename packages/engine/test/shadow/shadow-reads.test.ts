import {
  defineCollection,
  integer,
  type KeyedValue,
  type Selection,
  type StorageDriver,
} from "@cutover/core";
import { setImmediate } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import type { ObservedRead } from "../../src/backend/observed-read.ts";
import { mismatchesOf } from "../../src/mismatch/mismatch-book.ts";
import { noCounts, shadowCountsOf } from "../../src/shadow/shadow-counts.ts";
import { ShadowReads, type ShadowReadsOptions } from "../../src/shadow/shadow-reads.ts";
import { TimeShare } from "../../src/shadow/time-share.ts";
import { fill, openHop, recordUnit, type Hop } from "../verify/hop.fixture.ts";

const models = defineCollection({ name: "models", fields: { size: integer() } });
const unit = "team/data";

const everything: Selection = {
  predicate: undefined,
  search: undefined,
  order: "collection",
  after: undefined,
  limit: undefined,
  nowMs: 0,
};

function numbered(count: number): KeyedValue[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `k${index}`,
    value: { size: index, more: { a: [index] } },
  }));
}

async function filledHop(mirrored: readonly KeyedValue[]): Promise<Hop> {
  const hop = await openHop([models]);
  await fill(hop.replicas.old, models, numbered(5));
  await fill(hop.replicas.new, models, mirrored);
  return hop;
}

function shadowOf(hop: Hop, options: Partial<ShadowReadsOptions> = {}): ShadowReads {
  return new ShadowReads({ ...hop, rate: 1, share: 1, ...options });
}

/** Reads from the authority as the backend does, and shows it to the shadow reads. */
async function observed(
  hop: Hop,
  ask: ObservedRead["ask"],
  keys?: readonly string[],
): Promise<ObservedRead> {
  const answer: unknown = await ask(hop.drivers.old);
  return { unit: hop.unit, collection: models, epoch: 2, ask, answer, keys };
}

function get(hop: Hop, key: string): Promise<ObservedRead> {
  return observed(hop, (reads) => reads.get(models, key, 0), [key]);
}

function select(hop: Hop): Promise<ObservedRead> {
  return observed(hop, (reads) => reads.select(models, everything));
}

async function compare(shadow: ShadowReads, ...reads: readonly ObservedRead[]): Promise<void> {
  for (const read of reads) shadow.observe(read);
  await shadow.idle();
}

/** A driver like another, but for `get`. */
function withGet(driver: StorageDriver, own: StorageDriver["get"]): StorageDriver {
  return new Proxy(driver, {
    get: (target, member) => {
      if (member === "get") return own;
      const value: unknown = Reflect.get(target, member);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

test("equal answers of every kind of read count as the same", async () => {
  const hop = await filledHop(numbered(5));
  const shadow = shadowOf(hop);
  const many = ["k0", "k4", "none"];
  await compare(
    shadow,
    await get(hop, "k1"),
    await get(hop, "none"),
    await observed(hop, (reads) => reads.getMany(models, many, 0), many),
    await select(hop),
    await observed(hop, (reads) => reads.count(models, everything)),
  );
  expect(shadow.counts(unit)).toEqual({ ...noCounts, compared: 5, same: 5 });
  expect(await mismatchesOf(hop.control, unit)).toEqual([]);
});

test("a record that differs becomes a mismatch with its paths, one that is absent is missing", async () => {
  const mirrored = numbered(5).slice(1);
  const hop = await filledHop([
    { key: "k1", value: { size: 1, more: { a: ["secret"] } } },
    ...mirrored.slice(1),
  ]);
  const shadow = shadowOf(hop);
  const both = ["k0", "k1", "k2"];
  await compare(shadow, await observed(hop, (reads) => reads.getMany(models, both, 0), both));
  expect(shadow.counts(unit)).toEqual({ ...noCounts, compared: 1, different: 1 });
  const mismatches = await mismatchesOf(hop.control, unit);
  expect(mismatches).toMatchObject([
    { key: "k0", kind: "missing", state: "open" },
    { key: "k1", kind: "changed", paths: ["$.more.a[0]"], state: "open" },
  ]);
  expect(JSON.stringify(mismatches)).not.toContain("secret");
});

test("a query that is answered in another order is a mismatch of its collection", async () => {
  const hop = await filledHop(numbered(5).toReversed());
  const shadow = shadowOf(hop);
  await compare(shadow, await select(hop));
  expect(shadow.counts(unit).different).toBe(1);
  expect(await mismatchesOf(hop.control, unit)).toMatchObject([
    { collection: "models", key: undefined, kind: "changed" },
  ]);
});

test("a marked record is not judged, nor is a query over a collection with marks", async () => {
  const hop = await filledHop(numbered(4));
  const shadow = shadowOf(hop);
  const [whole, first] = [
    { collection: "models", key: undefined },
    { collection: "models", key: "k4" },
  ];
  await hop.control.mark(unit, [first]);
  await compare(shadow, await get(hop, "k4"), await select(hop));
  expect(shadow.counts(unit)).toEqual({ ...noCounts, skipped: 2 });
  await hop.control.mark(unit, [whole]);
  await compare(shadow, await get(hop, "k4"));
  expect(shadow.counts(unit)).toEqual({ ...noCounts, skipped: 3 });
  expect(await mismatchesOf(hop.control, unit)).toEqual([]);
});

test("an answer that has become old is asked for again, and is the same then", async () => {
  const hop = await filledHop(numbered(5));
  const shadow = shadowOf(hop);
  const read = await get(hop, "k1");
  const change = [{ key: "k1", value: { size: 100 } }];
  await fill(hop.replicas.old, models, change);
  await fill(hop.replicas.new, models, change);
  await compare(shadow, read);
  expect(shadow.counts(unit)).toEqual({ ...noCounts, compared: 1, same: 1 });
});

test("a read of an epoch that is over is not judged", async () => {
  const hop = await filledHop([]);
  const shadow = shadowOf(hop);
  const read = await get(hop, "k1");
  await recordUnit(hop, hop.unit, { stage: "live", epoch: 3 });
  await compare(shadow, read);
  expect(shadow.counts(unit)).toEqual({ ...noCounts, skipped: 1 });
});

test("what the caller does to its answer has no effect on the comparison", async () => {
  const hop = await filledHop(numbered(5));
  const shadow = shadowOf(hop);
  const read = await select(hop);
  shadow.observe(read);
  if (Array.isArray(read.answer)) read.answer.length = 0;
  await shadow.idle();
  expect(shadow.counts(unit)).toMatchObject({ same: 1, different: 0 });
});

test("a read that is not sampled is not looked at", async () => {
  const hop = await filledHop([]);
  const numbers = [0.5, 0.009, 0.01, 0.999];
  const shadow = shadowOf(hop, { rate: 0.01, random: () => numbers.shift() ?? 1 });
  await compare(
    shadow,
    ...(await Promise.all(["k0", "k1", "k2", "k3"].map((key) => get(hop, key)))),
  );
  expect(shadow.counts(unit)).toMatchObject({ compared: 1, different: 1 });
  expect(await mismatchesOf(hop.control, unit)).toMatchObject([{ key: "k1" }]);
});

test("reads beyond those that may wait are dropped and counted", async () => {
  const hop = await filledHop(numbered(5));
  const shadow = shadowOf(hop, { mostWaiting: 2 });
  const read = await get(hop, "k0");
  await compare(shadow, read, read, read, read, read);
  expect(shadow.counts(unit)).toEqual({ ...noCounts, compared: 2, same: 2, dropped: 3 });
});

test("a mirror that hangs is an error, is not asked again before it has answered, and does not keep us from stopping", async () => {
  const hop = await filledHop(numbered(5));
  let asked = 0;
  const hanging = withGet(hop.drivers.new, () => {
    asked++;
    return new Promise(() => undefined);
  });
  const drivers = { old: hop.drivers.old, new: hanging };
  const shadow = shadowOf(hop, { drivers, timeoutMs: 5, mostWaiting: 3 });
  const read = await get(hop, "k0");
  shadow.observe(read);
  await vi.waitFor(() => expect(shadow.counts(unit).errors).toBe(1));
  for (let index = 0; index < 4; index++) shadow.observe(read);
  for (let turn = 0; turn < 5; turn++) await setImmediate();
  expect(asked).toBe(1);
  await shadow.stop();
  expect(shadow.counts(unit)).toEqual({ ...noCounts, errors: 1, dropped: 4 });
});

test("a mirror that fails, an answer that cannot be copied and a comparator that throws are errors", async () => {
  const hop = await filledHop(numbered(4));
  const failing = withGet(hop.drivers.new, () => Promise.reject(new Error("broken")));
  const broken = shadowOf(hop, { drivers: { old: hop.drivers.old, new: failing } });
  await compare(broken, await get(hop, "k0"), { ...(await get(hop, "k0")), answer: 1n });
  expect(broken.counts(unit)).toEqual({ ...noCounts, errors: 2 });
  const shadow = shadowOf(hop, {
    compare: {
      models: {
        clean: () => {
          throw new Error("broken");
        },
      },
    },
  });
  await compare(shadow, await select(hop));
  expect(shadow.counts(unit)).toEqual({ ...noCounts, errors: 1 });
});

test("members that are ignored are no difference, in records and in rows", async () => {
  const mirrored = numbered(5).map(({ key, value }) => ({
    key,
    value: { ...Object(value), seen: 1 },
  }));
  const hop = await filledHop(mirrored);
  const shadow = shadowOf(hop, { compare: { models: { ignore: ["seen"] } } });
  const many = ["k0", "k1"];
  await compare(
    shadow,
    await get(hop, "k1"),
    await observed(hop, (reads) => reads.getMany(models, many, 0), many),
    await select(hop),
  );
  expect(shadow.counts(unit)).toMatchObject({ same: 3, different: 0 });
});

test("each difference that stayed is told; a listener that throws disturbs nobody", async () => {
  const hop = await filledHop([]);
  const told: number[] = [];
  const onDifferent: ShadowReadsOptions["onDifferent"] = (_unit, epoch) => {
    told.push(epoch);
    throw new Error("not ours");
  };
  const shadow = shadowOf(hop, { onDifferent });
  await compare(shadow, await get(hop, "k0"), await get(hop, "k1"));
  expect(told).toEqual([2, 2]);
  expect(shadow.counts(unit)).toMatchObject({ different: 2, errors: 0 });
});

test("counts of all processes add up under the epoch, and those of older epochs go", async () => {
  const hop = await filledHop(numbered(5));
  const [one, other] = [shadowOf(hop), shadowOf(hop)];
  await compare(one, await get(hop, "k0"), await get(hop, "k1"));
  await one.stop();
  await compare(other, await get(hop, "k0"));
  await other.stop();
  expect(await shadowCountsOf(hop.control, unit, 2)).toMatchObject({ compared: 3, same: 3 });
  await recordUnit(hop, hop.unit, { stage: "live", epoch: 3 });
  const later = shadowOf(hop);
  await compare(later, { ...(await get(hop, "k0")), epoch: 3 });
  await later.stop();
  expect(await shadowCountsOf(hop.control, unit, 3)).toMatchObject({ compared: 1 });
  expect(await shadowCountsOf(hop.control, unit, 2)).toEqual(noCounts);
});

test("after work that took a while, the others get their share of the time first", () => {
  let nowMs = 1000;
  const share = new TimeShare(0.05, () => nowMs);
  expect(share.waitMs).toBe(0);
  nowMs = 1002;
  share.spent(1000);
  expect(share.waitMs).toBe(38);
  nowMs = 1040;
  expect(share.waitMs).toBe(0);
  nowMs = 1041;
  share.spent(1040);
  expect(share.waitMs).toBe(19);
});
