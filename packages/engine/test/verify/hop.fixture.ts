import {
  driverOf,
  memoryBackend,
  memoryControl,
  replicaOf,
  type CollectionDefinition,
  type ControlStore,
  type KeyedValue,
  type Replica,
  type StorageBackend,
  type StorageDriver,
} from "@cutover/core";
import { UnitRegistry, type Stage, type Unit } from "@cutover/engine";
import type { Sides } from "../../src/backend/route.ts";
import { epochMarks, StoreEpochs } from "../../src/unit/store-epoch.ts";
import { encodeUnit, recordName, type UnitRecord } from "../../src/unit/unit-record.ts";
import type { VerifyPorts } from "../../src/verify/verify-unit.ts";

/** Two stores on their way, with everything that the engine's parts work with. */
export interface Hop extends VerifyPorts {
  readonly stores: Sides<StorageBackend>;
  readonly drivers: Sides<StorageDriver>;
  readonly unit: Unit;
  close(): Promise<void>;
}

export interface HopOptions {
  readonly stores?: Sides<StorageBackend>;
  readonly control?: ControlStore;
  readonly stage?: Stage;
  readonly backfilled?: boolean;
  readonly clock?: () => number;
}

/** Writes a unit's record as if it had come to a stage. */
export async function recordUnit(
  { control, registry, replicas }: Pick<Hop, "control" | "registry" | "replicas">,
  unit: Unit,
  changes: Partial<UnitRecord>,
): Promise<void> {
  const { record, revision } = registry.of(await registry.look(), unit);
  const next = { ...record, ...changes };
  const epochs = new StoreEpochs({ control, registry, replicas });
  for (const side of ["old", "new"] as const) await epochs.sign(side, next);
  const value = encodeUnit(next);
  await control.commit([{ name: recordName(unit.name), revision, value }], []);
}

/** Opens a hop between two stores, by default in memory, with one unit at the stage `shadow`. */
export async function openHop(
  collections: readonly CollectionDefinition[],
  options: HopOptions = {},
): Promise<Hop> {
  const { stage = "shadow", backfilled = true, clock = Date.now } = options;
  const { stores = { old: memoryBackend(), new: memoryBackend() } } = options;
  const { control = memoryControl() } = options;
  await control.open();
  const unit: Unit = { name: "team/data", collections };
  for (const collection of [...collections, epochMarks]) {
    stores.old.collection(collection);
    stores.new.collection(collection);
  }
  const registry = new UnitRegistry(control, { from: stores.old.kind, to: stores.new.kind });
  const hop: Hop = {
    stores,
    drivers: { old: driverOf(stores.old), new: driverOf(stores.new) },
    replicas: { old: replicaOf(stores.old), new: replicaOf(stores.new) },
    control,
    registry,
    clock,
    unit,
    close: async () => {
      await control.close();
      await stores.old.close();
      await stores.new.close();
    },
  };
  await recordUnit(hop, unit, { stage, epoch: 2, backfilled });
  return hop;
}

/** Puts records into a store, oldest first. */
export async function fill(
  replica: Replica,
  collection: CollectionDefinition,
  records: readonly KeyedValue[],
): Promise<void> {
  await replica.apply(records.map(({ key, value }) => ({ collection, key, value })));
}
