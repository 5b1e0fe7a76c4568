import { defineCollection, type KeyedValue } from "@cutover/core";
import { expect, it } from "vitest";
import { repairUnit } from "../../src/mismatch/repair.ts";
import { verifyUnit } from "../../src/verify/verify-unit.ts";
import { fill, openHop } from "../verify/hop.fixture.ts";

const models = defineCollection({ name: "models" });

function records(...keys: readonly string[]): KeyedValue[] {
  return keys.map((key) => ({ key, value: key }));
}

it("one repair mends a record that differs and lies in another place as well", async () => {
  const hop = await openHop([models]);
  await fill(hop.replicas.old, models, records("a", "b", "c", "d"));
  const last = { key: "b", value: "other" };
  await fill(hop.replicas.new, models, [...records("a", "c", "d"), last]);
  await verifyUnit(hop, hop.unit);
  const { left } = await repairUnit(hop, hop.unit);
  expect(left).toEqual([]);
  expect(await verifyUnit(hop, hop.unit)).toMatchObject({ isClean: true });
  await hop.close();
});
