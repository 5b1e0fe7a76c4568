import { driverOf, type BackendInfo, type StorageBackend, type StorageDriver } from "@cutover/core";
import type { Unit } from "../unit/unit.ts";
import type { Sides } from "./route.ts";

/** What {@link collectInfo} asks. */
export interface InfoParts {
  readonly stores: Sides<StorageBackend>;
  readonly units: readonly Unit[];
  /** The store that is in charge of a unit. */
  readonly authorityOf: (unit: Unit) => StorageDriver;
}

/** What the stores say of the collections that they are in charge of. */
export async function collectInfo({
  stores,
  units,
  authorityOf,
}: InfoParts): Promise<Omit<BackendInfo, "kind" | "location"> & { readonly locations: string[] }> {
  const collections: BackendInfo["collections"][number][] = [];
  const locations: string[] = [];
  let sizeBytes = 0;
  for (const store of [stores.old, stores.new]) {
    const driver = driverOf(store);
    const own = new Set(
      units
        .filter((unit) => authorityOf(unit) === driver)
        .flatMap((unit) => unit.collections.map(({ name }) => name)),
    );
    // A store that is in charge of nothing is not even opened.
    if (own.size === 0 && store === stores.new) continue;
    const info = await store.info();
    if (info.location !== undefined) locations.push(info.location);
    sizeBytes += info.sizeBytes;
    collections.push(...info.collections.filter(({ name }) => own.has(name)));
  }
  return { sizeBytes, collections, locations };
}
