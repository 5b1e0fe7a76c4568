import { defineCollection, type KeyedValue } from "@cutover/core";
import { expect, test } from "vitest";
import { verifyUnit, type VerifyOptions } from "../../src/verify/verify-unit.ts";
import { fill, openHop, type Hop } from "./hop.fixture.ts";

const models = defineCollection({ name: "models" });
const quick: VerifyOptions = { patience: { looks: 4, firstMs: 1, longestMs: 2 } };
const later = ["later1", "later2", "later3"];

function records(keys: readonly string[]): KeyedValue[] {
  return keys.map((key) => ({ key, value: key }));
}

/** The record k1 lies at the end of the authority, behind others that the mirror does not have. */
async function hopOf(count: number): Promise<Hop> {
  const hop = await openHop([models]);
  const keys = Array.from({ length: count }, (_, index) => `k${index}`);
  const others = keys.filter((key) => key !== "k1");
  await fill(hop.replicas.old, models, records([...others, ...later, "k1"]));
  await fill(hop.replicas.new, models, records(keys));
  return hop;
}

test.each([20, 5000])(
  "of %i records one that has moved behind others that the mirror lacks is found",
  async (count) => {
    const hop = await hopOf(count);
    const { collections, unstable } = await verifyUnit(hop, hop.unit, quick);
    const found = collections.flatMap(({ findings }) => findings);
    expect(found.map(({ key, kind }) => `${key} ${kind}`).toSorted()).toEqual([
      "k1 moved",
      ...later.map((key) => `${key} missing`),
    ]);
    expect(unstable).toBe(0);
    await hop.close();
  },
);

test.each([20, 5000])(
  "of %i records one that has moved behind others that are just being written is found",
  async (count) => {
    const hop = await hopOf(count);
    const marks = later.map((key) => ({ collection: models.name, key, moved: true }));
    await hop.control.markSettled(hop.unit.name, marks);
    const { collections, unstable } = await verifyUnit(hop, hop.unit, quick);
    const found = collections.flatMap(({ findings }) => findings);
    expect(found.map(({ key, kind }) => `${key} ${kind}`)).toEqual(["k1 moved"]);
    expect(unstable).toBe(later.length);
    await hop.close();
  },
);
