import type { ControlStore } from "@cutover/core";
import type { Unit } from "./unit.ts";

/**
 * Marks collections of a unit as wholes: everything of them may differ, and is compared and copied.
 * @param collections their names; default: all of the unit
 */
export async function markWhole(
  control: ControlStore,
  unit: Unit,
  collections: readonly string[] = unit.collections.map(({ name }) => name),
): Promise<void> {
  if (collections.length === 0) return;
  const marks = collections.map((collection) => ({ collection, key: undefined, moved: false }));
  await control.markSettled(unit.name, marks);
}
