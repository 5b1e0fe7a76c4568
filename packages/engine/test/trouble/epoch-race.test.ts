import { type Replica, replicaOf } from "@cutover/core";
import { expect, it } from "vitest";
import { StoreEpochs } from "../../src/unit/store-epoch.ts";
import { UnitRegistry } from "../../src/unit/unit-registry.ts";
import { toLive } from "../bypass/json-and-sqlite.ts";
import { filled } from "./scene.ts";

it("a unit that goes on while its stores are looked at is not taken for one that was put back", async () => {
  await using hop = await filled();
  await toLive(hop);
  await hop.drained();
  const { control, json, operator, sqlite, unit } = hop;
  const whole = replicaOf(sqlite);
  let walks = 0;
  const late: Pick<Replica, "states"> = {
    states: async (...args) => {
      if (walks === 0) {
        walks += 1;
        await operator.reverse(unit);
        await operator.verify(unit);
        await operator.switch(unit);
      }
      return whole.states(...args);
    },
  };
  const replicas = { old: replicaOf(json), new: Object.assign(Object.create(whole), late) };
  const registry = new UnitRegistry(control, { from: json.kind, to: sqlite.kind });
  const epochs = new StoreEpochs({ control, registry, replicas });
  const before = await operator.record(unit);
  await epochs.check(unit);
  expect((await operator.record(unit)).epoch).toBeGreaterThan(before.epoch);
  expect(walks).toBe(1);
});
