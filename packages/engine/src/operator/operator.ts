import {
  replicaOf,
  StorageError,
  type AuditRow,
  type ControlStore,
  type JsonObject,
  type Replica,
} from "@cutover/core";
import type { Sides } from "../backend/route.ts";
import type { RepairOptions, RepairPorts, RepairReport } from "../mismatch/repair-options.ts";
import { repairUnit } from "../mismatch/repair.ts";
import { changeStage } from "../stage/stage-change.ts";
import type { StageChange } from "../stage/stage-ports.ts";
import type { StageAction } from "../stage/stages.ts";
import { epochMarks, StoreEpochs } from "../unit/store-epoch.ts";
import type { UnitRecord } from "../unit/unit-record.ts";
import { UnitRegistry } from "../unit/unit-registry.ts";
import { UnitTable } from "../unit/unit-table.ts";
import type { Unit } from "../unit/unit.ts";
import type { VerificationReport } from "../verify/verification-report.ts";
import { verifyUnit, type VerifyOptions } from "../verify/verify-unit.ts";
import { backfillUnit } from "./backfill-unit.ts";
import { blockersOf, checkGate, type GateBlocker, type GatePorts } from "./gates.ts";
import type { ActionOptions, BackfillOptions, OperatorOptions } from "./operator-options.ts";
import { prepareReverse } from "./prepare-reverse.ts";
import { statusOf, type UnitStatus } from "./unit-status.ts";

const hourMs = 3_600_000;
const defaults = {
  actor: "operator",
  switchDeadlineMs: 2000,
  mostDirty: 200,
  freshMs: hourMs,
  reverseWindowMs: 7 * 24 * hourMs,
};
/** Before a way back, others who change the mirror are waited for so many times the deadline. */
const patientDeadlines = 5;
/** A store that keeps a copy waiting for so many times the deadline for one answer has failed. */
const silentDeadlines = 30;

/** Walks units along the way, and back. Every answer comes from the control store and both stores. */
export class Operator {
  readonly units: UnitTable;
  private readonly control: ControlStore;
  private readonly registry: UnitRegistry;
  private readonly replicas: Sides<Replica>;
  private readonly epochs: StoreEpochs;
  private readonly options: OperatorOptions &
    Required<Pick<OperatorOptions, keyof typeof defaults>>;
  private readonly clock: () => number;

  constructor(options: OperatorOptions) {
    const { control, old, new: successor, clock = Date.now } = options;
    this.options = { ...defaults, ...options };
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

  /** What verifications and repairs of this operator work with. */
  get ports(): RepairPorts {
    const { control, registry, replicas, clock } = this;
    const { at, old, new: successor } = this.options;
    return { control, registry, replicas, clock, at, stores: { old, new: successor } };
  }

  private get gatePorts(): GatePorts {
    return { control: this.control, clock: this.clock, freshMs: this.options.freshMs };
  }

  /** How a unit stands, and what its next step waits for. */
  async status(unit: Unit): Promise<UnitStatus> {
    return statusOf(this.gatePorts, await this.record(unit));
  }

  /** The unit's record as the control store has it now. */
  async record(unit: Unit): Promise<UnitRecord> {
    return this.registry.of(await this.registry.look(), unit).record;
  }

  /** The newest entries of the audit, newest first. */
  async log(limit: number): Promise<readonly AuditRow[]> {
    return this.control.audit(limit);
  }

  /** `off` → `dualwrite`: from now on every write reaches both stores, and everything is to be copied. */
  start(unit: Unit, options: ActionOptions = {}): Promise<StageChange> {
    return this.change(unit, "start", options);
  }

  /**
   * Copies everything to the mirror while writers go on. Interrupted, it goes on where it was.
   * @throws StorageError STAGE_REFUSED where nothing is mirrored, or somebody else wrote to the
   *   mirror and nobody has decided what is right; LOCK_TIMEOUT where a store hangs; what either
   *   store throws
   */
  backfill(unit: Unit, options: BackfillOptions = {}): Promise<UnitRecord> {
    const { actor, switchDeadlineMs } = this.options;
    const mostSilentMs = switchDeadlineMs * silentDeadlines;
    return backfillUnit(this.ports, unit, { ...options, actor, mostSilentMs });
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
    const { actor, switchDeadlineMs } = this.options;
    const timeoutMs = switchDeadlineMs * patientDeadlines;
    await prepareReverse(this.ports, unit, { ...options, actor, timeoutMs });
    return this.change(unit, "reverse", options, () => ({
      verification: undefined,
      reverseUntil: undefined,
    }));
  }

  /** `live` → `rampdown`: the reverse window begins to run out. */
  rampDown(unit: Unit, options: ActionOptions = {}): Promise<StageChange> {
    return this.change(unit, "ramp down", options, () => ({
      reverseUntil: new Date(this.clock() + this.options.reverseWindowMs).toISOString(),
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

  /** Compares both stores of a unit, and records what was found. */
  async verify(unit: Unit, options: VerifyOptions = {}): Promise<VerificationReport> {
    await this.epochs.check(unit);
    return verifyUnit(this.ports, unit, { actor: this.options.actor, ...options });
  }

  /** Makes the mirror equal to the authority where mismatches are open. */
  async repair(unit: Unit, options: RepairOptions = {}): Promise<RepairReport> {
    await this.epochs.check(unit);
    return repairUnit(this.ports, unit, { actor: this.options.actor, ...options });
  }

  private async change(
    unit: Unit,
    action: StageAction,
    options: ActionOptions,
    changes?: (record: UnitRecord) => Partial<UnitRecord>,
  ): Promise<StageChange> {
    const { actor, switchDeadlineMs: deadlineMs, mostDirty } = this.options;
    const { force = false, reason, signal } = options;
    if (force && (reason === undefined || reason.trim() === "")) throw needsReason(action);
    const blockers = force ? await this.blockers(unit, action) : [];
    const forced: JsonObject =
      blockers.length === 0 ? {} : { forced: blockers.map(({ message }) => message) };
    return changeStage(this.ports, unit, action, {
      actor,
      reason,
      signal,
      deadlineMs,
      mostDirty,
      changes: (record) => ({ automatic: undefined, ...changes?.(record) }),
      details: forced,
      ...(force ? {} : { gate: (record) => checkGate(this.gatePorts, record, action) }),
    });
  }

  private async blockers(unit: Unit, action: StageAction): Promise<GateBlocker[]> {
    return blockersOf(this.gatePorts, await this.record(unit), action);
  }
}

function needsReason(action: StageAction): StorageError {
  return new StorageError(
    "CONFIG_INVALID",
    `forcing a ${action} needs a reason, which the log keeps: --reason "…"`,
    { backend: "cutover" },
  );
}
