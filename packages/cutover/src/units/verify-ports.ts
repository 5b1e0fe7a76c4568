import { replicaOf } from "@cutover/core";
import type { RepairPorts } from "@cutover/engine";
import type { UnitStores } from "./unit-stores.ts";

/** What comparisons and repairs of units work with. */
export async function verifyPorts(
  stores: UnitStores,
  clock: () => number = Date.now,
): Promise<RepairPorts> {
  const { UnitRegistry } = await import("@cutover/engine");
  const { old, control } = stores;
  return {
    control,
    clock,
    stores: { old, new: stores.new },
    replicas: { old: replicaOf(old), new: replicaOf(stores.new) },
    registry: new UnitRegistry(control, { from: old.kind, to: stores.new.kind }),
  };
}
