import {
  defineCollection,
  isStorageError,
  versionOf,
  type JsonValue,
  type KeyedValue,
  type NewMark,
  type Replica,
} from "@cutover/core";
import { blockersOf } from "@cutover/engine";
import { expect, test } from "vitest";
import { mismatchesNotKept, mismatchesOf } from "../../src/mismatch/mismatch-book.ts";
import { ignoreMismatch } from "../../src/mismatch/ignore-mismatch.ts";
import { UnitDrain } from "../../src/drain/unit-drain.ts";
import { verifyUnit, type VerifyOptions } from "../../src/verify/verify-unit.ts";
import { fill, openHop, recordUnit, type Hop } from "./hop.fixture.ts";
import { seededRandom, someRecords } from "./mutation.fixture.ts";

const models = defineCollection({ name: "models" });
const history = defineCollection({ name: "history", order: "prepend" });
/** Long enough to look twice, short enough for what never stands still. */
const quick: VerifyOptions = { patience: { looks: 4, firstMs: 1, longestMs: 2 } };

function numbered(count: number, from = 0): KeyedValue[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `k${from + index}`,
    value: { at: from + index, deep: { list: [1, 2, { on: true }] } },
  }));
}

async function filledHop(records: readonly KeyedValue[], mirrored = records): Promise<Hop> {
  const hop = await openHop([models, history]);
  await fill(hop.replicas.old, models, records);
  await fill(hop.replicas.new, models, mirrored);
  return hop;
}

async function recordOf(hop: Hop): Promise<JsonValue | undefined> {
  return (await hop.control.records()).find(({ name }) => name === "unit:team/data")?.value;
}

function movedMark(key: string): NewMark {
  return { collection: "models", key, moved: true };
}

const lowerCased = (value: JsonValue): JsonValue => JSON.stringify(value).toLowerCase();

const failing = (): never => {
  throw new Error("quotes name a");
};

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "none",
    (error: unknown) => (isStorageError(error) ? error.code : String(error)),
  );
}

/** A replica that does something before an answer. */
function intercepted(replica: Replica, states: Replica["states"]): Replica {
  return {
    oldestFirst: (collection) => replica.oldestFirst(collection),
    newestFirst: (collection) => replica.newestFirst(collection),
    size: (collection) => replica.size(collection),
    exists: (collection) => replica.exists(collection),
    owners: (wanted) => replica.owners(wanted),
    apply: (wanted) => replica.apply(wanted),
    clear: (collection) => replica.clear(collection),
    stamp: (collection) => replica.stamp(collection),
    states,
  };
}

test("a pass over equal stores is clean, is recorded under its epoch, audited, and opens the gate", async () => {
  const hop = await filledHop(numbered(700));
  await fill(hop.replicas.old, history, numbered(3));
  await fill(hop.replicas.new, history, numbered(3));
  const report = await verifyUnit(hop, hop.unit, { actor: "nightly" });
  expect(report).toMatchObject({ isClean: true, counts: true, records: 703, same: 703 });
  expect(await recordOf(hop)).toMatchObject({
    verification: { at: report.at, epoch: 2, records: 703, differences: 0 },
  });
  const [row] = await hop.control.audit(1);
  expect(row).toMatchObject({ action: "verify", unit: "team/data", actor: "nightly" });
  const { record } = hop.registry.of(await hop.registry.look(), hop.unit);
  const ports = { control: hop.control, clock: Date.now, freshMs: 60_000 };
  expect(await blockersOf(ports, record, "switch")).toEqual([]);
});

test("a unit without a mirror, or not copied completely, is refused with the command to type", async () => {
  const hop = await filledHop(numbered(3));
  for (const [stage, backfilled, command] of [
    ["off", true, "cutover start --unit team/data"],
    ["complete", true, "cutover status --unit team/data"],
    ["shadow", false, "cutover backfill --unit team/data"],
  ] as const) {
    await recordUnit(hop, hop.unit, { stage, backfilled });
    await expect(verifyUnit(hop, hop.unit)).rejects.toMatchObject({
      code: "STAGE_REFUSED",
      details: { nextCommand: command },
    });
  }
});

test("a collection of which everything is marked is refused, unless it is drained meanwhile", async () => {
  const hop = await filledHop(numbered(3), []);
  const whole = { collection: "models", key: undefined, moved: false };
  await hop.control.markSettled("team/data", [whole]);
  expect(await codeOf(verifyUnit(hop, hop.unit, quick))).toBe("STAGE_REFUSED");
  const drained: Promise<unknown>[] = [];
  const drain = new UnitDrain(hop, hop.unit);
  const onWait = (): void => {
    drained.push(drain.round({ mirror: "new", reconciles: true }));
  };
  const report = await verifyUnit(hop, hop.unit, { onWait });
  await Promise.all(drained);
  expect(report).toMatchObject({ isClean: true, same: 3 });
});

test("missing, extra, changed and moved records are told apart, with paths and versions and no values", async () => {
  const records = numbered(20);
  const secret = { at: 5, deep: { list: [1, 2, { on: "sk-secret" }] } };
  const mirrored = records
    .map((own) => (own.key === "k5" ? { key: "k5", value: secret } : own))
    .filter(({ key }) => key !== "k3" && key !== "k12");
  mirrored.push(...numbered(1, 12), ...numbered(1, 99));
  const hop = await filledHop(records, mirrored);
  const report = await verifyUnit(hop, hop.unit);
  const [first] = report.collections;
  expect(first).toMatchObject({ collection: "models", differences: 4, records: 21, same: 17 });
  expect(first?.findings.map(({ key, kind, paths }) => ({ key, kind, paths }))).toEqual([
    { key: "k5", kind: "changed", paths: ["$.deep.list[2].on"] },
    { key: "k3", kind: "missing", paths: [] },
    { key: "k99", kind: "extra", paths: [] },
    { key: "k12", kind: "moved", paths: [] },
  ]);
  const changed = first?.findings.find(({ key }) => key === "k5");
  expect(changed).toMatchObject({
    authority: versionOf(records[5]?.value ?? null),
    mirror: versionOf(secret),
  });
  const kept = await hop.control.notes("mismatch:team/data");
  expect(kept.map(({ key }) => key)).toContain('["models","k5"]');
  expect(JSON.stringify([report, kept])).not.toContain("sk-secret");
});

test("members in another order are a difference, at the object in which they are", async () => {
  const hop = await filledHop(
    [{ key: "k", value: { a: 1, deep: { b: 2, c: 3 } } }],
    [{ key: "k", value: { a: 1, deep: { c: 3, b: 2 } } }],
  );
  const report = await verifyUnit(hop, hop.unit);
  expect(report.collections[0]?.findings).toMatchObject([{ kind: "changed", paths: ["$.deep"] }]);
});

test("thousands of records that one side lacks do not make those after them count as moved", async () => {
  const records = numbered(12_000);
  const hop = await filledHop(records, records.slice(5500));
  const report = await verifyUnit(hop, hop.unit, { mostFindings: 50 });
  expect(report.collections[0]).toMatchObject({ differences: 5500, same: 6500, records: 12_000 });
  expect(report.collections[0]?.findings).toHaveLength(50);
  expect(report.collections[0]?.findings.every(({ kind }) => kind === "missing")).toBe(true);
});

test("a mirror without any record is told record by record, kept up to a bound and counted beyond", async () => {
  const hop = await filledHop(numbered(11_000), []);
  const report = await verifyUnit(hop, hop.unit);
  expect(report).toMatchObject({ differences: 11_000, records: 11_000, same: 0, unstable: 0 });
  expect(await mismatchesOf(hop.control, "team/data")).toHaveLength(1000);
  expect(await mismatchesNotKept(hop.control, "team/data")).toBe(10_000);
  await fill(hop.replicas.new, models, numbered(11_000));
  expect(await verifyUnit(hop, hop.unit)).toMatchObject({ isClean: true });
  expect(await mismatchesOf(hop.control, "team/data")).toEqual([]);
  expect(await mismatchesNotKept(hop.control, "team/data")).toBe(0);
});

test("a collection in complete disorder is told as such, and its contents are compared all the same", async () => {
  const records = numbered(30_000);
  const mirrored = records
    .toReversed()
    .map((own) => (own.key === "k7" ? { ...own, value: 0 } : own));
  const hop = await filledHop(records, mirrored);
  const { isClean, collections } = await verifyUnit(hop, hop.unit, { mostFindings: 30_000 });
  expect(isClean).toBe(false);
  const findings = collections[0]?.findings ?? [];
  expect(findings.filter(({ kind }) => kind === "changed").map(({ key }) => key)).toEqual(["k7"]);
  expect(findings.find(({ key }) => key === undefined)).toMatchObject({ kind: "moved" });
});

test("two halves that have changed places are told as moved, and nothing as missing", async () => {
  const records = numbered(2000);
  const hop = await filledHop(records, [...records.slice(900), ...records.slice(0, 900)]);
  const report = await verifyUnit(hop, hop.unit);
  expect(report.differences).toBe(900);
  expect(report.collections[0]?.findings.every(({ kind }) => kind === "moved")).toBe(true);
});

test("a marked record is no finding: it is waited for, and counted as unstable when nobody drains it", async () => {
  const hop = await filledHop(numbered(10), numbered(8));
  await hop.control.markSettled("team/data", [movedMark("k8"), movedMark("k9")]);
  const left = await verifyUnit(hop, hop.unit, quick);
  expect(left).toMatchObject({ differences: 0, unstable: 2, same: 8 });
  const drain = new UnitDrain(hop, hop.unit);
  const drained: Promise<unknown>[] = [];
  const onWait = (): void => {
    drained.push(drain.round({ mirror: "new", reconciles: true }));
  };
  expect(await verifyUnit(hop, hop.unit, { onWait })).toMatchObject({ unstable: 0, same: 10 });
  await Promise.all(drained);
});

test("a source that moves on between the looks is unstable, not a difference", async () => {
  const hop = await filledHop(numbered(5), numbered(5, 100));
  let value = 0;
  const moving = intercepted(hop.replicas.old, async (collection, keys) => {
    await fill(hop.replicas.old, collection, [{ key: "k0", value: value++ }]);
    return hop.replicas.old.states(collection, keys);
  });
  const ports = { ...hop, replicas: { old: moving, new: hop.replicas.new } };
  const report = await verifyUnit(ports, hop.unit, quick);
  expect(report.unstable).toBe(1);
  const keys = report.collections[0]?.findings.map(({ key }) => key);
  expect(keys).not.toContain("k0");
  expect(keys).toHaveLength(9);
});

test("a pass during which the stage was changed does not count, and leaves the record and mismatches alone", async () => {
  const hop = await filledHop(numbered(10), numbered(9));
  let change: Promise<void> | undefined;
  const onProgress = (): void => {
    change ??= recordUnit(hop, hop.unit, { stage: "live", epoch: 3 });
  };
  const report = await verifyUnit(hop, hop.unit, { onProgress });
  await change;
  expect(report).toMatchObject({ counts: false, epoch: 2, stage: "shadow" });
  expect(report.whyNot).toContain("live (epoch 3)");
  expect(await recordOf(hop)).not.toHaveProperty("verification");
  expect(await mismatchesOf(hop.control, "team/data")).toEqual([]);
});

test("another change of the record meanwhile does not keep a pass from counting", async () => {
  const hop = await filledHop(numbered(10));
  let change: Promise<void> | undefined;
  const onProgress = (): void => {
    change ??= recordUnit(hop, hop.unit, { reverseUntil: "2030-01-01T00:00:00.000Z" });
  };
  expect(await verifyUnit(hop, hop.unit, { onProgress })).toMatchObject({ counts: true });
  await change;
  expect(await recordOf(hop)).toMatchObject({
    reverseUntil: "2030-01-01T00:00:00.000Z",
    verification: { records: 10 },
  });
});

test("in the stage live the new store is the authority: what only it has is missing in the mirror", async () => {
  const hop = await filledHop(numbered(3), numbered(4));
  await recordUnit(hop, hop.unit, { stage: "live" });
  const report = await verifyUnit(hop, hop.unit);
  expect(report.collections[0]?.findings).toMatchObject([{ key: "k3", kind: "missing" }]);
});

test("a pass that is aborted rejects with the reason and records nothing", async () => {
  const hop = await filledHop(numbered(5000));
  const controller = new AbortController();
  const onProgress = (): void => controller.abort(new Error("enough"));
  const { signal } = controller;
  await expect(verifyUnit(hop, hop.unit, { onProgress, signal })).rejects.toThrow("enough");
  expect(await recordOf(hop)).not.toHaveProperty("verification");
});

test("what a comparator ignores or cleans is no difference; a comparator that fails is an error", async () => {
  const hop = await filledHop(
    [{ key: "k", value: { name: "a", seen: 1 } }],
    [{ key: "k", value: { name: "A", seen: 2 } }],
  );
  const only = async (comparator: VerifyOptions["compare"]): Promise<unknown[]> => {
    const report = await verifyUnit(hop, hop.unit, comparator && { compare: comparator });
    return report.collections.flatMap(({ findings }) => findings);
  };
  expect(await only({ models: { ignore: ["seen"], clean: lowerCased } })).toEqual([]);
  expect(await only({ models: { ignore: ["seen"] } })).toMatchObject([{ paths: ["$.name"] }]);
  expect(await only({ models: { clean: failing } })).toMatchObject([{ kind: "error", key: "k" }]);
});

test("an ignored mismatch does not count while both sides stay as they were, and opens when one changes", async () => {
  const hop = await filledHop(numbered(5), numbered(4));
  await verifyUnit(hop, hop.unit);
  const reason = "left over from a test";
  await ignoreMismatch(hop.control, "team/data", '["models","k4"]', { reason });
  const ignoring = await verifyUnit(hop, hop.unit);
  expect(ignoring).toMatchObject({ isClean: true, differences: 0, ignored: 1 });
  expect(await mismatchesOf(hop.control, "team/data")).toMatchObject([
    { key: "k4", state: "ignored", reason },
  ]);
  await fill(hop.replicas.old, models, [{ key: "k4", value: "new" }]);
  expect(await verifyUnit(hop, hop.unit)).toMatchObject({ differences: 1, ignored: 0 });
  expect(await mismatchesOf(hop.control, "team/data")).toMatchObject([
    { key: "k4", state: "open", seen: 2 },
  ]);
});

test("a record that a side has twice is an error", async () => {
  const hop = await filledHop(numbered(6));
  const doubled: Replica = {
    ...intercepted(hop.replicas.new, (collection, keys) =>
      hop.replicas.new.states(collection, keys),
    ),
    oldestFirst: async function* (collection) {
      for await (const batch of hop.replicas.new.oldestFirst(collection))
        yield [...batch, ...batch.slice(2, 3)];
    },
  };
  const ports = { ...hop, replicas: { old: hop.replicas.old, new: doubled } };
  const report = await verifyUnit(ports, hop.unit, quick);
  expect(report.collections[0]?.findings).toMatchObject([{ key: "k2", kind: "error" }]);
});

test("a large collection is compared while timers go on", async () => {
  const hop = await filledHop(someRecords(seededRandom(1), 40_000));
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await verifyUnit(hop, hop.unit);
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(2);
});
