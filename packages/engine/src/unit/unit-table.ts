import { StorageError, type CollectionDefinition } from "@cutover/core";
import type { Unit } from "./unit.ts";

/** Which unit a collection belongs to. A collection that no unit names is a unit of its own. */
export class UnitTable {
  private readonly units = new Map<string, Unit>();
  private readonly byCollection = new Map<string, Unit>();

  /** @throws StorageError CONFIG_INVALID for two units of one name, or a collection in two units */
  constructor(units: readonly Unit[]) {
    for (const unit of units) this.add(unit);
  }

  private add(unit: Unit): void {
    if (this.units.has(unit.name)) {
      throw new StorageError("CONFIG_INVALID", `two units are called "${unit.name}"`);
    }
    this.units.set(unit.name, unit);
    for (const { name } of unit.collections) {
      const other = this.byCollection.get(name);
      if (other !== undefined) {
        throw new StorageError(
          "CONFIG_INVALID",
          `collection "${name}" is in the units "${other.name}" and "${unit.name}"; a collection moves with one unit`,
          { collection: name },
        );
      }
      this.byCollection.set(name, unit);
    }
  }

  all(): readonly Unit[] {
    return [...this.units.values()];
  }

  /** @throws StorageError CONFIG_INVALID for a name that no unit has */
  named(name: string): Unit {
    const unit = this.units.get(name);
    if (unit !== undefined) return unit;
    const names = [...this.units.keys()].map((known) => `"${known}"`).join(", ");
    throw new StorageError("CONFIG_INVALID", `there is no unit "${name}"; there are ${names}`);
  }

  of(collection: CollectionDefinition): Unit {
    const known = this.byCollection.get(collection.name);
    if (known !== undefined) return known;
    const unit: Unit = { name: collection.name, collections: [collection] };
    this.add(unit);
    return unit;
  }

  /**
   * The one unit of some collections.
   * @throws StorageError STAGE_REFUSED when there are several
   */
  ofAll(collections: Iterable<CollectionDefinition>): Unit | undefined {
    let unit: Unit | undefined;
    for (const collection of collections) {
      const own = this.of(collection);
      if (unit !== undefined && own !== unit) throw spansUnits(unit, own);
      unit = own;
    }
    return unit;
  }
}

/** Refuses what would have to commit in two units at once. */
export function spansUnits(one: Unit, other: Unit): StorageError {
  const names = [...one.collections, ...other.collections].map(({ name }) => `"${name}"`);
  const place = one.configuredAt ?? other.configuredAt ?? "the config";
  return new StorageError(
    "STAGE_REFUSED",
    `a transaction cannot span the units "${one.name}" and "${other.name}", for two stores never ` +
      `commit together; nothing was written. Join them in ${place}: \`together: [[${names.join(", ")}]]\``,
    { backend: "cutover" },
  );
}
