import {
  backendFrom,
  replicaOf,
  type ControlStore,
  type StorageBackend,
  type StorageError,
} from "@cutover/core";
import { Backlog } from "../drain/backlog.ts";
import { Drainer } from "../drain/drainer.ts";
import type { AtFailpoint } from "../failpoint.ts";
import { UnitRegistry } from "../unit/unit-registry.ts";
import { UnitTable } from "../unit/unit-table.ts";
import type { Unit } from "../unit/unit.ts";
import { CutoverDriver } from "./cutover-driver.ts";

/** What {@link cutoverBackend} accepts. */
export interface CutoverOptions {
  /** The store that the hop leaves. Made by `backendFrom`, as every adapter's is. */
  readonly old: StorageBackend;
  /** The store that the hop leads to. */
  readonly new: StorageBackend;
  /** Where stages, marks and locks are kept; shared by all processes. */
  readonly control: ControlStore;
  /** Collections that move together. Default: each collection is a unit of its own. */
  readonly units?: readonly Unit[];
  /** The present, in milliseconds since 1970. Default: `Date.now`. */
  readonly clock?: () => number;
  /** How long a write waits for its turn, in milliseconds. Default: 10,000. */
  readonly lockTimeoutMs?: number;
  /** Writers are held back while a mirror lacks more records than this. Default: 10,000. */
  readonly maxDirty?: number;
  /** Closed with the backend. What was handed in otherwise stays open. Default: nothing. */
  readonly closes?: readonly AsyncDisposable[];
  /** Called at failpoints, for tests. Default: nothing. */
  readonly at?: AtFailpoint;
  /** Told when a unit's mirror fails, and with `undefined` when it works again. Default: nothing. */
  readonly onMirrorTrouble?: (unit: string, trouble: StorageError | undefined) => void;
}

const defaultMaxDirty = 10_000;

/**
 * Two stores as one `StorageBackend`, each unit of collections at its own stage of the way from
 * the old one to the new. It reads and writes where the control record says, keeps the other store
 * equal where the stage asks for it, and follows a change of stage from its next call on.
 *
 * @throws StorageError CONFIG_INVALID for units that overlap, or a backend that `backendFrom` did
 *   not make; what `ControlStore.open` throws
 */
export async function cutoverBackend(options: CutoverOptions): Promise<StorageBackend> {
  const { old, new: successor, control, closes = [], onMirrorTrouble, at } = options;
  await control.open();
  const units = new UnitTable(options.units ?? []);
  const registry = new UnitRegistry(control, { from: old.kind, to: successor.kind });
  const backlog = new Backlog(control, options.maxDirty ?? defaultMaxDirty);
  const drainer = new Drainer({
    control,
    registry,
    at,
    replicas: { old: replicaOf(old), new: replicaOf(successor) },
    onCount: (unit, dirty) => backlog.counted(unit, dirty),
    onTrouble: ({ name }, trouble) => onMirrorTrouble?.(name, trouble),
  });
  const driver = new CutoverDriver({
    stores: { old, new: successor },
    control,
    registry,
    units,
    at,
    onWritten: (unit) => drainer.poke(unit),
    beforeWrite: (unit, { signal }) => backlog.room(unit, signal),
    onRead: () => {},
    onClose: async () => {
      await drainer.stop();
      for (const resource of closes) await resource[Symbol.asyncDispose]();
    },
  });
  const { clock, lockTimeoutMs } = options;
  const backend = backendFrom(driver, {
    ...(clock === undefined ? {} : { clock }),
    ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
  });
  for (const unit of units.all()) {
    for (const collection of unit.collections) backend.collection(collection);
    // A process that died may have left marks behind.
    drainer.poke(unit);
  }
  return backend;
}
