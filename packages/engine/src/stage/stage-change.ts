import { StorageError, type AuditEntry, type JsonObject, type NewMark } from "@cutover/core";
import { settleOrphans } from "../drain/settle-orphans.ts";
import {
  drainLock,
  UnitDrain,
  type DrainPorts,
  type RoundOptions,
  type RoundResult,
} from "../drain/unit-drain.ts";
import type { Failpoint } from "../failpoint.ts";
import { encodeUnit, recordName, type UnitRecord } from "../unit/unit-record.ts";
import { within } from "../shadow/within.ts";
import { StoreEpochs } from "../unit/store-epoch.ts";
import type { UnitRegistry } from "../unit/unit-registry.ts";
import type { Unit } from "../unit/unit.ts";
import { writersLock } from "../write/writer-sections.ts";
import { announced } from "./approach.ts";
import {
  isReversible,
  stages,
  stepFrom,
  type Side,
  type StageAction,
  type StageStep,
} from "./stages.ts";

/** What a change of stage works with. */
export interface StagePorts extends DrainPorts {
  readonly registry: UnitRegistry;
  /** The present, in milliseconds since 1970. */
  readonly clock: () => number;
}

/** Who changes a stage, and how patient they are. */
export interface StageChangeOptions {
  /** `operator`, `automatic`, or a name. */
  readonly actor: string;
  /** Why; told by the audit. */
  readonly reason?: string | undefined;
  /** Writers are held off for no longer than this, in milliseconds. */
  readonly deadlineMs: number;
  /** A switch does not even begin with more marks than this. */
  readonly mostDirty: number;
  readonly signal?: AbortSignal | undefined;
  /** Looked at before anybody is held off, and again when all are: refuses by throwing. */
  readonly gate?: ((record: UnitRecord) => Promise<void>) | undefined;
  /** What else the record is to say after the change. */
  readonly changes?: ((record: UnitRecord) => Partial<UnitRecord>) | undefined;
  /** What else the audit is to say. */
  readonly details?: JsonObject | undefined;
}

/** What a change of stage did. */
export interface StageChange {
  readonly step: StageStep;
  readonly before: UnitRecord;
  readonly after: UnitRecord;
  /** For how long writers were held off, in milliseconds. */
  readonly frozenMs: number;
}

/** Rounds after which a mirror that never gets clean is given up. */
const mostRounds = 1000;

/**
 * Changes the stage of a unit: all or nothing, with every process's writers held off for the
 * moment in which it happens. They wait; they do not fail. Killed anywhere, it leaves the stage as
 * it was, or as it is to be, and no freeze.
 *
 * @throws StorageError STAGE_REFUSED where there is no such step, or the gate refuses;
 *   LOCK_TIMEOUT when the deadline passes; what the mirror throws. Nothing is changed then.
 */
export async function changeStage(
  ports: StagePorts,
  unit: Unit,
  action: StageAction,
  options: StageChangeOptions,
): Promise<StageChange> {
  return new Change(ports, unit, options).run(action);
}

class Change {
  private readonly ports: StagePorts;
  private readonly unit: Unit;
  private readonly options: StageChangeOptions;
  private readonly drain: UnitDrain;
  private readonly epochs: StoreEpochs;
  private endMs = Infinity;
  private underWay: Promise<unknown> | undefined;

  constructor(ports: StagePorts, unit: Unit, options: StageChangeOptions) {
    this.ports = ports;
    this.unit = unit;
    this.options = options;
    this.drain = new UnitDrain(ports, unit);
    this.epochs = new StoreEpochs(ports);
  }

  private async at(point: Failpoint): Promise<void> {
    await this.ports.at?.(point);
  }

  async run(action: StageAction): Promise<StageChange> {
    const step = await this.allowed(action);
    const { control } = this.ports;
    const { deadlineMs, signal } = this.options;
    const drainTurn = await control.lock(drainLock(this.unit.name), "exclusive", {
      timeoutMs: deadlineMs,
      signal,
    });
    try {
      await this.at("stage/drain-locked");
      // Whoever had the lock before may have changed the stage: draining the old way round would
      // overwrite what the store in charge has acknowledged since.
      await this.allowed(action);
      await within(deadlineMs, this.checkStores(step));
      if (step.switches) await this.drainBefore(step);
      await this.at("stage/drained");
      const { mirror } = stages[step.from];
      const isDrained = step.switches && mirror !== undefined;
      const change = await (isDrained ? this.announced(step, mirror) : this.whileFrozen(step));
      await this.epochs.raise(change.after);
      return change;
    } finally {
      // What a mirror that hangs was told last may still land: nobody else may tell it anything before.
      if (this.underWay === undefined) drainTurn.release();
      else void this.underWay.then(() => drainTurn.release());
    }
  }

  /** Both stores are the right ones, and the one that is to be in charge says so itself. */
  private async checkStores(step: StageStep): Promise<void> {
    if (step.switches) await this.epochs.check(this.unit);
    else await this.epochs.checkAuthority(this.unit);
    await this.epochs.prepare(await this.record(), step.to);
  }

  /** The step, if the unit is where it begins and the gate is open. */
  private async allowed(action: StageAction): Promise<StageStep> {
    const record = await this.record();
    const step = stepFrom(record.stage, action);
    if (step === undefined) throw noSuchStep(record, action);
    await this.options.gate?.(record);
    return step;
  }

  private async record(): Promise<UnitRecord> {
    const { registry } = this.ports;
    return registry.of(await registry.look(), this.unit).record;
  }

  /** Most of what is dirty goes while writers go on. */
  private async drainBefore(step: StageStep): Promise<void> {
    const { mirror } = stages[step.from];
    if (mirror === undefined) return;
    await this.checkMirror(mirror);
    await this.adoptForeign(mirror);
    for (let round = 0; round < mostRounds; round++) {
      this.options.signal?.throwIfAborted();
      const { keys, collections } = await this.ports.control.count(this.unit.name);
      // One round at least: what it takes now, nobody waits for while writers are held off.
      const isClose = collections.length === 0 && keys <= this.options.mostDirty;
      if (keys + collections.length === 0 || (isClose && round > 0)) return;
      const { cleared } = await this.inTime(this.round({ mirror, reconciles: true }));
      // Settling holds writers off: only where what they left is too much for later.
      if (cleared === 0 && (isClose || !(await this.settledOrphans()))) break;
    }
    const { keys, collections } = await this.ports.control.count(this.unit.name);
    if (collections.length > 0 || keys > this.options.mostDirty) throw tooDirty(this.unit, keys);
  }

  private announced(step: StageStep, mirror: Side): Promise<StageChange> {
    const { ports, unit, options } = this;
    const { deadlineMs, signal } = options;
    this.endMs = performance.now() + deadlineMs;
    const round = (): Promise<RoundResult> =>
      this.inTime(this.round({ mirror, reconciles: false }));
    const parts = { control: ports.control, unit: unit.name, deadlineMs, signal, round };
    return announced(parts, () => this.whileFrozen(step));
  }

  /** What somebody else wrote to the mirror would become the truth, or be lost: neither unasked. */
  private async checkMirror(mirror: Side): Promise<void> {
    const collections = await this.drain.inspectMirror(mirror);
    if (collections.length > 0) throw wasBypassed(this.unit, collections);
  }

  /**
   * What somebody else wrote to the store in charge counts, whether or not anybody has read it
   * since. Where it can be written past this library, everything is compared once more.
   */
  private async adoptForeign(mirror: Side): Promise<void> {
    const { control, replicas } = this.ports;
    const source = replicas[mirror === "new" ? "old" : "new"];
    const marks: NewMark[] = [];
    for (const collection of this.unit.collections) {
      if ((await source.stamp(collection)) === undefined) continue;
      marks.push({ collection: collection.name, key: undefined, moved: false });
    }
    if (marks.length > 0) await control.markSettled(this.unit.name, marks);
  }

  /** What could not be cleared because its writer has not ended may be of one that died. */
  private async settledOrphans(): Promise<boolean> {
    const { control } = this.ports;
    const { writing } = await control.count(this.unit.name);
    return writing > 0 && settleOrphans(control, this.unit.name, this.options.signal);
  }

  private async whileFrozen(step: StageStep): Promise<StageChange> {
    const { control } = this.ports;
    const { deadlineMs, signal } = this.options;
    const frozenAt = performance.now();
    this.endMs = frozenAt + deadlineMs;
    const turn = await control.lock(writersLock(this.unit.name), "exclusive", {
      timeoutMs: deadlineMs,
      signal,
    });
    try {
      await this.at("stage/writers-out");
      await control.settleOrphans(this.unit.name);
      if (step.switches) await this.drainToTheEnd(step);
      await this.at("stage/drained-again");
      const { before, after } = await this.commit(step);
      await this.at("stage/committed");
      return { step, before, after, frozenMs: performance.now() - frozenAt };
    } finally {
      turn.release();
      await this.at("stage/released");
    }
  }

  private round(options: RoundOptions): Promise<RoundResult> {
    const round = this.drain.round(options);
    const ended = round.then(
      () => (this.underWay = undefined),
      () => (this.underWay = undefined),
    );
    this.underWay = ended;
    return round;
  }

  private async drainToTheEnd(step: StageStep): Promise<void> {
    const { mirror } = stages[step.from];
    if (mirror === undefined) return;
    for (;;) {
      const { keys, collections } = await this.ports.control.count(this.unit.name);
      if (keys === 0 && collections.length === 0) return this.exchange(step, mirror);
      if (performance.now() > this.endMs) throw tooLate(this.unit, this.options.deadlineMs);
      await this.inTime(this.round({ mirror, reconciles: true }));
    }
  }

  /** Both stores are equal and stand still: the one in charge becomes the mirror. */
  private async exchange(step: StageStep, mirror: Side): Promise<void> {
    await this.checkMirror(mirror);
    const next = stages[step.to].mirror;
    if (next !== undefined) await this.drain.rememberMirror(next);
  }

  /** A mirror that hangs must not hold the writers off for longer than was promised. */
  private async inTime<T>(work: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const { signal, deadlineMs } = this.options;
    const giveUp = (): void => late.reject(tooLate(this.unit, deadlineMs));
    const onAbort = (): void => late.reject(signal?.reason);
    const timer = Number.isFinite(this.endMs)
      ? setTimeout(giveUp, Math.max(0, this.endMs - performance.now()))
      : undefined;
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  private async commit(step: StageStep): Promise<{ before: UnitRecord; after: UnitRecord }> {
    const { registry, control, clock } = this.ports;
    const { record: before, revision } = registry.of(await registry.look(), this.unit);
    if (before.stage !== step.from) throw noSuchStep(before, step.action);
    await this.options.gate?.(before);
    const at = new Date(clock()).toISOString();
    const after: UnitRecord = {
      ...before,
      stage: step.to,
      epoch: before.epoch + 1,
      since: at,
      ...(step.backfills ? { backfilled: false } : {}),
      ...this.options.changes?.(before),
    };
    // Marked before the stage is there: from its first moment on nothing differs unmarked.
    if (step.backfills) await this.markEverything();
    await this.at("stage/before-commit");
    const change = { name: recordName(this.unit.name), revision, value: encodeUnit(after) };
    await control.commit([change], [this.auditEntry(step, after, at)]);
    return { before, after };
  }

  private async markEverything(): Promise<void> {
    const marks = this.unit.collections.map(({ name }) => ({
      collection: name,
      key: undefined,
      moved: false,
    }));
    await this.ports.control.markSettled(this.unit.name, marks);
  }

  private auditEntry(step: StageStep, after: UnitRecord, at: string): AuditEntry {
    const { actor, reason, details } = this.options;
    return {
      at,
      action: step.action,
      unit: this.unit.name,
      actor,
      details: {
        from: step.from,
        to: step.to,
        epoch: after.epoch,
        ...(reason === undefined ? {} : { reason }),
        ...details,
      },
    };
  }
}

function noSuchStep({ unit, stage, epoch }: UnitRecord, action: StageAction): StorageError {
  const way = isReversible(stage) ? "" : ". The old store is retired: only a new hop leads back";
  return new StorageError(
    "STAGE_REFUSED",
    `unit "${unit}" is at ${stage} (epoch ${epoch}), from where there is no ${action}${way}`,
    { backend: "cutover", nextCommand: "cutover status" },
  );
}

function wasBypassed({ name }: Unit, collections: readonly string[]): StorageError {
  return new StorageError(
    "STAGE_REFUSED",
    `somebody else wrote to the mirror of unit "${name}" (${collections.join(", ")}); nothing was ` +
      "changed. Compare, then decide whether the store in charge is right or the mirror is",
    { backend: "cutover", nextCommand: `cutover verify --unit ${name}` },
  );
}

function tooDirty({ name }: Unit, keys: number): StorageError {
  return new StorageError(
    "STAGE_REFUSED",
    `unit "${name}" has ${keys} records that its mirror does not have yet, and does not get fewer; ` +
      "nothing was changed. See `cutover status` for what holds the mirror up",
    { backend: "cutover", nextCommand: "cutover status" },
  );
}

function tooLate({ name }: Unit, deadlineMs: number): StorageError {
  return new StorageError(
    "LOCK_TIMEOUT",
    `unit "${name}" could not be changed within ${deadlineMs} ms: its writers or its mirror took ` +
      "too long; nothing was changed",
    { backend: "cutover", nextCommand: "cutover status" },
  );
}
