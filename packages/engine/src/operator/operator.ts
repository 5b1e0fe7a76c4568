import {
  isStorageError,
  replicaOf,
  StorageError,
  type AuditRow,
  type ControlStore,
  type JsonObject,
  type Replica,
  type StorageBackend,
} from "@cutover/core";
import type { Sides } from "../backend/route.ts";
import { Pace } from "../drain/pace.ts";
import type { ReconcileProgress } from "../drain/reconcile.ts";
import { settleOrphans } from "../drain/settle-orphans.ts";
import { drainLock, UnitDrain } from "../drain/unit-drain.ts";
import type { AtFailpoint } from "../failpoint.ts";
import { changeStage } from "../stage/stage-change.ts";
import type { StageChange } from "../stage/stage-ports.ts";
import type { RepairOptions, RepairPorts, RepairReport } from "../mismatch/repair.ts";
import { repairWithBypassed } from "../mismatch/repair-bypassed.ts";
import type { VerificationReport } from "../verify/verification-report.ts";
import { verifyUnit, type VerifyOptions } from "../verify/verify-unit.ts";
import { stages, stepFrom, type StageAction } from "../stage/stages.ts";
import { encodeUnit, recordName, type UnitRecord } from "../unit/unit-record.ts";
import { epochMarks, StoreEpochs } from "../unit/store-epoch.ts";
import { UnitRegistry } from "../unit/unit-registry.ts";
import { UnitTable } from "../unit/unit-table.ts";
import type { Unit } from "../unit/unit.ts";
import { blockersOf, checkGate, type GateBlocker, type GatePorts } from "./gates.ts";

/** What {@link Operator} is made with. */
export interface OperatorOptions {
  readonly old: StorageBackend;
  readonly new: StorageBackend;
  readonly control: ControlStore;
  readonly units: readonly Unit[];
  /** The present, in milliseconds since 1970. Default: `Date.now`. */
  readonly clock?: () => number;
  /** Who acts, for the audit. Default: `operator`. */
  readonly actor?: string;
  /** A switch holds writers off for no longer than this, in milliseconds. Default: 2,000. */
  readonly switchDeadlineMs?: number;
  /** A switch does not begin with more unmirrored records than this. Default: 200. */
  readonly mostDirty?: number;
  /** A verification older than this does not open the gate, in milliseconds. Default: one hour. */
  readonly freshMs?: number;
  /** How long `rampdown` lasts at least, in milliseconds. Default: seven days. */
  readonly reverseWindowMs?: number;
  /** Called at failpoints, for tests. Default: nothing. */
  readonly at?: AtFailpoint | undefined;
}

/** What an action accepts. */
export interface ActionOptions {
  readonly signal?: AbortSignal | undefined;
  /** Why; kept in the audit. */
  readonly reason?: string | undefined;
  /** Goes through a closed gate; needs a reason. Default: false. */
  readonly force?: boolean;
}

/** What a backfill accepts. */
export interface BackfillOptions extends ActionOptions {
  /** Records a second, at most. Default: as fast as it goes. */
  readonly recordsPerSecond?: number | undefined;
  readonly onProgress?: ((progress: ReconcileProgress) => void) | undefined;
}

/** How a unit stands. */
export interface UnitStatus {
  readonly unit: string;
  readonly record: UnitRecord;
  /** Records that may differ between the two stores. */
  readonly dirty: number;
  /** Collections of which everything may differ. */
  readonly uncopied: readonly string[];
  /** Since when the oldest of them may differ; undefined when none. ISO 8601, UTC. */
  readonly dirtySince: string | undefined;
  /** The next action on the way, undefined at its end, and what blocks it. */
  readonly next: StageAction | undefined;
  readonly blockedBy: readonly GateBlocker[];
}

const hourMs = 3_600_000;
const nextActions = {
  off: "start",
  dualwrite: "advance",
  shadow: "switch",
  live: "ramp down",
  rampdown: "complete",
  complete: undefined,
} as const;

/** Walks units along the way, and back. Every answer comes from the control store and both stores. */
export class Operator {
  readonly units: UnitTable;
  private readonly control: ControlStore;
  private readonly registry: UnitRegistry;
  private readonly replicas: Sides<Replica>;
  private readonly epochs: StoreEpochs;
  private readonly options: OperatorOptions;
  private readonly clock: () => number;

  constructor(options: OperatorOptions) {
    const { control, old, new: successor, clock = Date.now } = options;
    this.options = options;
    this.control = control;
    this.clock = clock;
    this.units = new UnitTable(options.units);
    this.registry = new UnitRegistry(control, { from: old.kind, to: successor.kind });
    this.replicas = { old: replicaOf(old), new: replicaOf(successor) };
    this.epochs = new StoreEpochs({ control, registry: this.registry, replicas: this.replicas });
    for (const { collections } of [...options.units, { collections: [epochMarks] }]) {
      for (const collection of collections) {
        old.collection(collection);
        successor.collection(collection);
      }
    }
  }

  private get gatePorts(): GatePorts {
    const { freshMs = hourMs } = this.options;
    return { control: this.control, clock: this.clock, freshMs };
  }

  /** How a unit stands, and what its next step waits for. */
  async status(unit: Unit): Promise<UnitStatus> {
    const record = await this.record(unit);
    const { keys, collections, oldestMs } = await this.control.count(unit.name);
    const isMirrored = stages[record.stage].mirror !== undefined;
    const next = nextActions[record.stage];
    return {
      unit: unit.name,
      record,
      dirty: isMirrored ? keys : 0,
      uncopied: isMirrored ? collections : [],
      dirtySince:
        isMirrored && oldestMs !== undefined ? new Date(oldestMs).toISOString() : undefined,
      next,
      blockedBy: next === undefined ? [] : await blockersOf(this.gatePorts, record, next),
    };
  }

  /** The unit's record as the control store has it now. */
  async record(unit: Unit): Promise<UnitRecord> {
    return this.registry.of(await this.registry.look(), unit).record;
  }

  /** The newest entries of the audit, newest first. */
  async log(limit: number): Promise<readonly AuditRow[]> {
    return this.control.audit(limit);
  }

  private async change(
    unit: Unit,
    action: StageAction,
    options: ActionOptions,
    changes?: (record: UnitRecord) => Partial<UnitRecord>,
  ): Promise<StageChange> {
    const { actor = "operator", switchDeadlineMs = 2000, mostDirty = 200 } = this.options;
    const { force = false, reason, signal } = options;
    if (force && (reason === undefined || reason.trim() === "")) throw needsReason(action);
    const blockers = force ? await this.blockers(unit, action) : [];
    const forced: JsonObject =
      blockers.length === 0 ? {} : { forced: blockers.map(({ message }) => message) };
    return changeStage(
      {
        control: this.control,
        registry: this.registry,
        replicas: this.replicas,
        clock: this.clock,
        at: this.options.at,
      },
      unit,
      action,
      {
        actor,
        reason,
        signal,
        deadlineMs: switchDeadlineMs,
        mostDirty,
        changes: (record) => ({ automatic: undefined, ...changes?.(record) }),
        details: forced,
        ...(force ? {} : { gate: (record) => checkGate(this.gatePorts, record, action) }),
      },
    );
  }

  private async blockers(unit: Unit, action: StageAction): Promise<GateBlocker[]> {
    return blockersOf(this.gatePorts, await this.record(unit), action);
  }

  /** `off` → `dualwrite`: from now on every write reaches both stores, and everything is to be copied. */
  start(unit: Unit, options: ActionOptions = {}): Promise<StageChange> {
    return this.change(unit, "start", options);
  }

  /**
   * Copies everything to the mirror while writers go on. Interrupted, it goes on where it was.
   * @throws StorageError STAGE_REFUSED where nothing is mirrored, or somebody else wrote to the
   *   mirror and nobody has decided what is right; what either store throws
   */
  async backfill(unit: Unit, options: BackfillOptions = {}): Promise<UnitRecord> {
    const { signal, recordsPerSecond, onProgress } = options;
    const pace = new Pace(recordsPerSecond);
    const { control, replicas } = this;
    const { at } = this.options;
    const drain = new UnitDrain({ control, replicas, at }, unit);
    await this.epochs.check(unit);
    for (;;) {
      signal?.throwIfAborted();
      const turn = await this.control.lock(drainLock(unit.name), "exclusive", {
        timeoutMs: 30_000,
        signal,
      });
      try {
        const record = await this.record(unit);
        const { mirror } = stages[record.stage];
        if (mirror === undefined) throw nothingMirrored(record);
        const { cleared, bypassed } = await drain.round({
          mirror,
          reconciles: true,
          pace,
          onProgress,
          signal,
        });
        const { collections } = await this.control.count(unit.name);
        if (collections.length === 0) {
          // Once everything was copied to it, a mirror without a mark is another one.
          await this.epochs.sign(mirror, record);
          return await this.markBackfilled(unit);
        }
        if (cleared > 0) continue;
        // Nothing but a decision makes an end of it: round after round would find the same.
        if (bypassed.length > 0) throw mirrorBypassed(unit, bypassed);
        await settleOrphans(this.control, unit.name, signal);
      } finally {
        turn.release();
      }
    }
  }

  private async markBackfilled(unit: Unit): Promise<UnitRecord> {
    for (;;) {
      const { record, revision } = this.registry.of(await this.registry.look(), unit);
      if (record.backfilled) return record;
      const after = { ...record, backfilled: true };
      const change = { name: recordName(unit.name), revision, value: encodeUnit(after) };
      try {
        await this.control.commit([change], [this.auditEntry(unit, "backfill")]);
        await this.options.at?.("backfill/recorded");
        return after;
      } catch (error) {
        if (!isStorageError(error, "VERSION_CONFLICT")) throw error;
      }
    }
  }

  private auditEntry(
    unit: Unit,
    action: string,
  ): {
    at: string;
    action: string;
    unit: string;
    actor: string;
    details: JsonObject;
  } {
    const { actor = "operator" } = this.options;
    const at = new Date(this.clock()).toISOString();
    return { at, action, unit: unit.name, actor, details: {} };
  }

  /** `dualwrite` → `shadow`: sampled reads are compared from now on. */
  advance(unit: Unit, options: ActionOptions = {}): Promise<StageChange> {
    return this.change(unit, "advance", options);
  }

  /** `shadow` → `live`: the new store is in charge, the old one is kept equal to it. */
  switch(unit: Unit, options: ActionOptions = {}): Promise<StageChange> {
    return this.change(unit, "switch", options);
  }

  /**
   * `live` or `rampdown` → `shadow`: the old store is in charge again, with everything written
   * since. Both stores are compared before, so that what somebody wrote to the new one past this
   * library comes along.
   */
  async reverse(unit: Unit, options: ActionOptions = {}): Promise<StageChange> {
    await this.epochs.check(unit);
    await this.reconcileBefore(unit, options);
    return this.change(unit, "reverse", options, () => ({
      verification: undefined,
      reverseUntil: undefined,
    }));
  }

  /** What verifications and repairs of this operator work with. */
  get ports(): RepairPorts {
    const { control, registry, replicas, clock } = this;
    const { at, old, new: successor } = this.options;
    return { control, registry, replicas, clock, at, stores: { old, new: successor } };
  }

  /** Compares both stores of a unit, and records what was found. */
  async verify(unit: Unit, options: VerifyOptions = {}): Promise<VerificationReport> {
    const { actor = "operator" } = this.options;
    await this.epochs.check(unit);
    return verifyUnit(this.ports, unit, { actor, ...options });
  }

  /** Makes the mirror equal to the authority where mismatches are open. */
  async repair(unit: Unit, options: RepairOptions = {}): Promise<RepairReport> {
    const { actor = "operator" } = this.options;
    await this.epochs.check(unit);
    return repairWithBypassed(this.ports, unit, { actor, ...options });
  }

  /** Finds what differs without a mark, and makes the mirror equal there. */
  private async reconcileBefore(
    unit: Unit,
    { signal, force = false }: ActionOptions,
  ): Promise<void> {
    const { stage, backfilled } = await this.record(unit);
    const { mirror } = stages[stage];
    if (stepFrom(stage, "reverse") === undefined || mirror === undefined || !backfilled) return;
    const isBypassed = (await new UnitDrain(this.ports, unit).inspectMirror(mirror)).length > 0;
    // The change of stage refuses then, and says what to do.
    if (isBypassed || force) return;
    const { collections } = await this.control.count(unit.name);
    // What is still to be copied as a whole cannot be compared, and nobody else may be copying it.
    if (collections.length > 0) await this.backfill(unit, { signal });
    const { differences } = await this.verify(unit, { signal });
    if (differences > 0) await this.repair(unit, { signal });
  }

  /** `live` → `rampdown`: the reverse window begins to run out. */
  rampDown(unit: Unit, options: ActionOptions = {}): Promise<StageChange> {
    const { reverseWindowMs = 7 * 24 * hourMs } = this.options;
    return this.change(unit, "ramp down", options, () => ({
      reverseUntil: new Date(this.clock() + reverseWindowMs).toISOString(),
    }));
  }

  /** `rampdown` → `complete`: the old store is not written any more, and only a new hop leads back. */
  complete(unit: Unit, options: ActionOptions = {}): Promise<StageChange> {
    return this.change(unit, "complete", options);
  }

  /** `shadow` → `dualwrite`. */
  stepBack(unit: Unit, options: ActionOptions = {}): Promise<StageChange> {
    return this.change(unit, "step back", options);
  }

  /** `dualwrite` or `shadow` → `off`: the new store is left as it is, and not kept up any more. */
  cancel(unit: Unit, options: ActionOptions = {}): Promise<StageChange> {
    return this.change(unit, "cancel", options, () => ({
      backfilled: false,
      verification: undefined,
    }));
  }
}

function needsReason(action: StageAction): StorageError {
  return new StorageError(
    "CONFIG_INVALID",
    `forcing a ${action} needs a reason, which the log keeps: --reason "…"`,
    { backend: "cutover" },
  );
}

function mirrorBypassed({ name }: Unit, collections: readonly string[]): StorageError {
  const nextCommand = `cutover repair --unit ${name} --discard`;
  return new StorageError(
    "STAGE_REFUSED",
    `somebody else wrote to the mirror of unit "${name}" (${collections.join(", ")}), and nothing is ` +
      "copied over that unasked. What of it is to stay has to be written through the application; then " +
      `\`${nextCommand}\` makes the mirror equal to the store in charge`,
    { backend: "cutover", nextCommand },
  );
}

function nothingMirrored({ unit, stage }: UnitRecord): StorageError {
  return new StorageError(
    "STAGE_REFUSED",
    `unit "${unit}" is at ${stage}, where no store is kept equal to the other; start it first`,
    { backend: "cutover", nextCommand: `cutover start --unit ${unit}` },
  );
}
