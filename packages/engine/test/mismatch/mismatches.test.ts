import { defineCollection, text, type KeyedValue } from "@cutover/core";
import { expect, test } from "vitest";
import { ignoreMismatch } from "../../src/mismatch/ignore-mismatch.ts";
import { mismatchesOf, recordFinding } from "../../src/mismatch/mismatch-book.ts";
import type { Mismatch, MismatchKind } from "../../src/mismatch/mismatch.ts";
import { recheck } from "../../src/mismatch/recheck.ts";
import { repairUnit } from "../../src/mismatch/repair.ts";
import { verifyUnit } from "../../src/verify/verify-unit.ts";
import { fill, openHop, type Hop } from "../verify/hop.fixture.ts";

const models = defineCollection({
  name: "models",
  fields: { name: text() },
  unique: ["name"],
});
const unit = "team/data";
const patience = { looks: 4, firstMs: 1, longestMs: 2 };

function numbered(count: number): KeyedValue[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `k${index}`,
    value: { name: `name ${index}` },
  }));
}

/** Record 2 is missing, 9 is extra, 4 is changed, 6 has moved. */
async function brokenHop(): Promise<Hop> {
  const hop = await openHop([models]);
  const records = numbered(9);
  await fill(hop.replicas.old, models, records);
  const mirrored = numbered(10)
    .filter(({ key }) => key !== "k2" && key !== "k6")
    .map(({ key, value }) => (key === "k4" ? { key, value: { name: "other" } } : { key, value }));
  await fill(hop.replicas.new, models, [...mirrored, ...records.slice(6, 7)]);
  await verifyUnit(hop, hop.unit);
  return hop;
}

async function contents(hop: Hop, side: "old" | "new"): Promise<KeyedValue[]> {
  const records: KeyedValue[] = [];
  for await (const batch of hop.replicas[side].oldestFirst(models)) records.push(...batch);
  return records;
}

async function kinds(hop: Hop): Promise<Record<string, MismatchKind>> {
  const mismatches = await mismatchesOf(hop.control, unit);
  return Object.fromEntries(mismatches.map(({ key = "", kind }) => [key, kind]));
}

async function mismatchAt(hop: Hop, key: string): Promise<Mismatch> {
  const found = (await mismatchesOf(hop.control, unit)).find((own) => own.key === key);
  if (found === undefined) throw new Error(`there is no mismatch of ${key}`);
  return found;
}

/** Records that somebody else wrote a record to the mirror. */
async function bypass(hop: Hop, key: string): Promise<void> {
  const { authority, mirror } = await mismatchAt(hop, key);
  const finding = {
    collection: "models",
    key,
    kind: "bypassed",
    paths: [],
    authority,
    mirror,
  } as const;
  await recordFinding(hop.control, unit, finding, "2030-01-01T00:00:00.000Z");
}

test("a dry run of a repair tells what it would do, and does nothing", async () => {
  const hop = await brokenHop();
  const before = await contents(hop, "new");
  const { steps, mended, left } = await repairUnit(hop, hop.unit, { dryRun: true });
  expect(steps.map(({ action, mismatch: { key, kind } }) => [key, kind, action])).toEqual([
    ["k4", "changed", "copy"],
    ["k2", "missing", "copy"],
    ["k9", "extra", "copy"],
    ["k6", "moved", "copy"],
  ]);
  expect([mended, left]).toEqual([[], []]);
  expect(await contents(hop, "new")).toEqual(before);
  expect(await hop.control.count(unit)).toMatchObject({ keys: 0 });
});

test("a repair makes the mirror equal, forgets the mismatches, and a pass after it is clean", async () => {
  const hop = await brokenHop();
  const before = await contents(hop, "old");
  const { mended, left } = await repairUnit(hop, hop.unit);
  expect(left).toEqual([]);
  expect(mended).toHaveLength(4);
  expect(await mismatchesOf(hop.control, unit)).toEqual([]);
  expect(await contents(hop, "new")).toEqual(before);
  expect(await contents(hop, "old")).toEqual(before);
  expect(await verifyUnit(hop, hop.unit)).toMatchObject({ isClean: true });
  const [, repair] = await hop.control.audit(2);
  expect(repair).toMatchObject({ action: "repair", details: { mended: 4, left: 0 } });
});

test("a repair of some mismatches leaves the others", async () => {
  const hop = await brokenHop();
  const { mended } = await repairUnit(hop, hop.unit, { only: ({ key }) => key === "k4" });
  expect(mended.map(({ key }) => key)).toEqual(["k4"]);
  expect(await kinds(hop)).toEqual({ k2: "missing", k9: "extra", k6: "moved" });
});

test("a collection that differs as a whole is compared and copied as a whole", async () => {
  const hop = await openHop([models]);
  await fill(hop.replicas.old, models, numbered(40));
  await fill(hop.replicas.new, models, numbered(40).toReversed());
  const base = { collection: "models", key: undefined, paths: [] };
  const finding = { ...base, kind: "changed", authority: undefined, mirror: undefined } as const;
  await recordFinding(hop.control, unit, finding, "2026-01-01T00:00:00.000Z");
  const { steps, left } = await repairUnit(hop, hop.unit);
  expect(steps.map(({ action }) => action)).toEqual(["reconcile"]);
  expect(left).toEqual([]);
  expect(await contents(hop, "new")).toEqual(numbered(40));
});

test("what somebody else wrote to the mirror is left until it is decided", async () => {
  const hop = await brokenHop();
  await bypass(hop, "k4");
  const { mended, left } = await repairUnit(hop, hop.unit);
  expect(mended).toHaveLength(3);
  expect(left.map(({ mismatch }) => mismatch.key)).toEqual(["k4"]);
  expect(left[0]?.why).toContain("--discard or --adopt");
  expect(await kinds(hop)).toEqual({ k4: "bypassed" });
  await verifyUnit(hop, hop.unit);
  expect(await kinds(hop)).toEqual({ k4: "bypassed" });
});

test("discarded, it gives way to what the authority has", async () => {
  const hop = await brokenHop();
  await bypass(hop, "k4");
  await repairUnit(hop, hop.unit, { discard: true });
  expect(await mismatchesOf(hop.control, unit)).toEqual([]);
  expect(await contents(hop, "new")).toEqual(numbered(9));
});

test("adopted, it is written to the authority: put, inserted or deleted", async () => {
  const hop = await brokenHop();
  for (const key of ["k4", "k9", "k2"]) await bypass(hop, key);
  const { left } = await repairUnit(hop, hop.unit, { adopt: true });
  expect(left).toEqual([]);
  const records = await contents(hop, "old");
  expect(records.map(({ key }) => key)).toEqual([
    "k0",
    "k1",
    "k3",
    "k4",
    "k5",
    "k6",
    "k7",
    "k8",
    "k9",
  ]);
  expect(records[3]).toEqual({ key: "k4", value: { name: "other" } });
  expect(await contents(hop, "new")).toEqual(records);
  expect(await mismatchesOf(hop.control, unit)).toEqual([]);
});

test("a record that was written to after the mismatch was found is not adopted over", async () => {
  const hop = await brokenHop();
  await bypass(hop, "k4");
  await fill(hop.replicas.old, models, [{ key: "k4", value: { name: "newer" } }]);
  const { left } = await repairUnit(hop, hop.unit, { adopt: true });
  expect(left).toMatchObject([{ mismatch: { key: "k4" } }]);
  expect(left[0]?.why).toContain("changed after");
  expect((await contents(hop, "old"))[4]?.value).toEqual({ name: "newer" });
});

test("a record whose unique value the authority has elsewhere is not adopted", async () => {
  const hop = await brokenHop();
  await bypass(hop, "k9");
  await hop.replicas.old.apply([{ collection: models, key: "k0", value: { name: "name 9" } }]);
  const { left } = await repairUnit(hop, hop.unit, {
    adopt: true,
    only: ({ key }) => key === "k9",
  });
  expect(left[0]?.why).toContain("unique");
  expect((await contents(hop, "old")).map(({ key }) => key)).not.toContain("k9");
});

test("a recheck forgets what is no more, keeps what stands, and says nothing of what moves", async () => {
  const hop = await brokenHop();
  const [changed, missing, extra] = await Promise.all(
    ["k4", "k2", "k9"].map((key) => mismatchAt(hop, key)),
  );
  if (changed === undefined || missing === undefined || extra === undefined) throw new Error();
  await fill(hop.replicas.new, models, numbered(5).slice(4));
  expect(await recheck(hop, hop.unit, changed)).toEqual({ outcome: "gone" });
  expect(await recheck(hop, hop.unit, extra)).toMatchObject({
    outcome: "stands",
    mismatch: { key: "k9", kind: "extra", seen: 2 },
  });
  await hop.control.markSettled(unit, [{ collection: "models", key: "k2", moved: true }]);
  const unstable = await recheck(hop, hop.unit, missing, { patience });
  expect(unstable).toEqual({ outcome: "unstable" });
  expect(await kinds(hop)).toEqual({ k2: "missing", k6: "moved", k9: "extra" });
});

test("ignoring asks for a reason and a mismatch that there is, and is audited", async () => {
  const hop = await brokenHop();
  const id = '["models","k9"]';
  await expect(ignoreMismatch(hop.control, unit, id, { reason: " " })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
  });
  const unknown = ignoreMismatch(hop.control, unit, "[]", { reason: "none" });
  await expect(unknown).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  await ignoreMismatch(hop.control, unit, id, { reason: "kept for the archive", actor: "ann" });
  const [row] = await hop.control.audit(1);
  expect(row).toMatchObject({
    action: "ignore",
    actor: "ann",
    details: { key: "k9", reason: "kept for the archive" },
  });
  const { steps } = await repairUnit(hop, hop.unit, { dryRun: true });
  expect(steps.map(({ mismatch }) => mismatch.key)).not.toContain("k9");
});

test("the book keeps one mismatch per record, counting how often it was seen", async () => {
  const hop = await brokenHop();
  await verifyUnit(hop, hop.unit);
  await verifyUnit(hop, hop.unit);
  const mismatches = await mismatchesOf(hop.control, unit);
  expect(mismatches).toHaveLength(4);
  expect(mismatches.every(({ seen }) => seen === 3)).toBe(true);
});
