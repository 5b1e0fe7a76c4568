import {
  backendFrom,
  driverOf,
  replicaOf,
  type CollectionDefinition,
  type ControlStore,
  type StorageBackend,
  type StorageError,
} from "@cutover/core";
import { Backlog } from "../drain/backlog.ts";
import { Drainer } from "../drain/drainer.ts";
import type { AtFailpoint } from "../failpoint.ts";
import { AutomaticReverse, type AutomaticReverseOptions } from "../shadow/automatic-reverse.ts";
import { ShadowReads, type ShadowReadsOptions } from "../shadow/shadow-reads.ts";
import { stages, type Side } from "../stage/stages.ts";
import { changeStage } from "../stage/stage-change.ts";
import type { StagePorts } from "../stage/stage-ports.ts";
import { epochMarks, StoreEpochs } from "../unit/store-epoch.ts";
import { UnitRegistry } from "../unit/unit-registry.ts";
import { UnitTable } from "../unit/unit-table.ts";
import type { Unit } from "../unit/unit.ts";
import { closeAll } from "./close-all.ts";
import { closeInTime } from "./close-in-time.ts";
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
  /**
   * How long closing waits for a mirror that does not answer, in milliseconds. After that it ends in
   * the background. Default: 10,000.
   */
  readonly closeTimeoutMs?: number;
  /** Closed with the backend. What was handed in otherwise stays open. Default: nothing. */
  readonly closes?: readonly AsyncDisposable[];
  /** Which reads are compared in the stages that compare them, and how. */
  readonly shadow?: ShadowOptions;
  /**
   * When a unit is taken one step back because its two stores answer differently; `false`: never.
   * Default: after 10 stable differences within a minute, at most 3 steps in a row.
   */
  readonly automaticReverse?: AutomaticReverseLimits | false;
  /** Called at failpoints, for tests. Default: nothing. */
  readonly at?: AtFailpoint;
  /** Told when a unit's mirror fails, and with `undefined` when it works again. Default: nothing. */
  readonly onMirrorTrouble?: (unit: string, trouble: StorageError | undefined) => void;
}

/** What of {@link ShadowReads} can be chosen. */
export type ShadowOptions = Pick<
  ShadowReadsOptions,
  "rate" | "share" | "mostWaiting" | "timeoutMs" | "compare"
>;

/** What of an automatic step back can be chosen. */
export type AutomaticReverseLimits = Pick<
  AutomaticReverseOptions,
  "thresholds" | "coolDownMs" | "mostInARow"
>;

const defaultMaxDirty = 10_000;
const defaultCloseMs = 10_000;
/** As long as an operator's change of stage may hold writers off, in milliseconds. */
const automaticDeadlineMs = 2000;
/** An automatic step does not wait for a mirror that is further behind than this. */
const automaticMostDirty = 200;

/**
 * Two stores as one `StorageBackend`, each unit of collections at its own stage of the way from
 * the old one to the new. It reads and writes where the control record says, keeps the other store
 * equal where the stage asks for it, and follows a change of stage from its next call on.
 *
 * @throws StorageError CONFIG_INVALID for units that overlap, or a backend that `backendFrom` did
 *   not make; STAGE_REFUSED when a store is not the one that a unit was moved with, or the control
 *   store is not the one it was moved by; what `ControlStore.open` and a store in charge throw
 */
export async function cutoverBackend(options: CutoverOptions): Promise<StorageBackend> {
  const { old, new: successor, control, closes = [], onMirrorTrouble, at } = options;
  await control.open();
  const units = new UnitTable(options.units ?? []);
  const registry = new UnitRegistry(control, { from: old.kind, to: successor.kind });
  const backlog = new Backlog(control, options.maxDirty ?? defaultMaxDirty);
  const replicas = { old: replicaOf(old), new: replicaOf(successor) };
  const epochs = new StoreEpochs({ control, registry, replicas });
  for (const store of [old, successor]) store.collection(epochMarks);
  for (const unit of units.all()) {
    await epochs.open(unit, ({ name }, trouble) => onMirrorTrouble?.(name, trouble));
  }
  const { clock = Date.now, lockTimeoutMs } = options;
  const stagePorts: StagePorts = { control, registry, replicas, clock, at };
  const drainer = new Drainer({
    control,
    registry,
    at,
    replicas,
    onCount: (unit, dirty) => backlog.counted(unit, dirty),
    onTrouble: ({ name }, trouble) => onMirrorTrouble?.(name, trouble),
  });
  const reverse = automaticReverse(options.automaticReverse, stagePorts);
  const shadow = new ShadowReads({
    control,
    registry,
    drivers: { old: driverOf(old), new: driverOf(successor) },
    clock,
    ...options.shadow,
    onDifferent: (unit, epoch) => void reverse?.saw(unit, epoch),
  });
  const driver = new CutoverDriver({
    stores: { old, new: successor },
    control,
    registry,
    units,
    at,
    onWritten: (unit) => drainer.poke(unit),
    beforeWrite: (unit, { signal }) => backlog.room(unit, signal),
    onRead: (read) => shadow.observe(read),
    onClose: () =>
      closeInTime(options.closeTimeoutMs ?? defaultCloseMs, () =>
        closeAll([
          () => shadow.stop(),
          () => drainer.stop(),
          ...closes.map((resource) => () => resource[Symbol.asyncDispose]()),
        ]),
      ),
  });
  /** What somebody else wrote to the store in charge counts, and has to reach the mirror. */
  const adopt = async (unit: Unit, { name }: CollectionDefinition, side: Side): Promise<void> => {
    const { record } = registry.of(await registry.look(), unit);
    const { authority, mirror } = stages[record.stage];
    if (authority !== side || mirror === undefined) return;
    await control.markSettled(unit.name, [{ collection: name, key: undefined, moved: false }]);
    drainer.poke(unit);
  };
  const backend = backendFrom(driver, {
    clock,
    ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
  });
  for (const side of ["old", "new"] as const) {
    driverOf(options[side]).onForeignChange?.((collection) => {
      void adopt(units.of(collection), collection, side).catch(() => undefined);
    });
  }
  for (const unit of units.all()) {
    for (const collection of unit.collections) backend.collection(collection);
    // A process that died may have left marks behind.
    drainer.poke(unit);
  }
  return backend;
}

function automaticReverse(
  limits: AutomaticReverseLimits | false | undefined,
  ports: StagePorts,
): AutomaticReverse | undefined {
  if (limits === false) return undefined;
  const { registry, clock } = ports;
  return new AutomaticReverse({
    ...limits,
    clock,
    record: async (unit) => registry.of(await registry.look(), unit).record,
    stepBack: ({ unit, action, reason, gate, changes }) =>
      changeStage(ports, unit, action, {
        actor: "automatic",
        reason,
        gate,
        changes,
        deadlineMs: automaticDeadlineMs,
        mostDirty: automaticMostDirty,
      }),
  });
}
