import type { ControlLock } from "@cutover/core";
import type { Failpoint } from "../failpoint.ts";
import { within } from "../shadow/within.ts";
import { inDrainTurn } from "../unit/drain-turn.ts";
import { StoreEpochs } from "../unit/store-epoch.ts";
import type { UnitRecord } from "../unit/unit-record.ts";
import type { Unit } from "../unit/unit.ts";
import { writersLock } from "../write/writer-sections.ts";
import { announced } from "./approach.ts";
import { commitStep } from "./commit-step.ts";
import { noSuchStep } from "./refusals.ts";
import { PatientDrain } from "./patient-drain.ts";
import type { StageChange, StageChangeOptions, StagePorts } from "./stage-ports.ts";
import { stepFrom, type StageAction, type StageStep } from "./stages.ts";
import { SwitchDrain } from "./switch-drain.ts";

/** Before anybody is held off, a store may keep one waiting for so many times the deadline. */
const silentDeadlines = 5;

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
  private readonly patient: PatientDrain;
  private readonly drain: SwitchDrain;
  private readonly epochs: StoreEpochs;

  constructor(ports: StagePorts, unit: Unit, options: StageChangeOptions) {
    const { deadlineMs, mostDirty, signal } = options;
    const mostSilentMs = deadlineMs * silentDeadlines;
    this.ports = ports;
    this.unit = unit;
    this.options = options;
    this.patient = new PatientDrain(ports, unit, { deadlineMs, mostSilentMs, signal });
    this.drain = new SwitchDrain(ports, unit, { mostDirty, signal, drain: this.patient });
    this.epochs = new StoreEpochs(ports);
  }

  private async at(point: Failpoint): Promise<void> {
    await this.ports.at?.(point);
  }

  async run(action: StageAction): Promise<StageChange> {
    const step = await this.allowed(action);
    const { deadlineMs: timeoutMs, signal } = this.options;
    const turn = { timeoutMs, signal, landing: () => this.patient.landing };
    return inDrainTurn(this.ports.control, this.unit, turn, () => this.inTurn(step));
  }

  private async inTurn(step: StageStep): Promise<StageChange> {
    await this.at("stage/drain-locked");
    // Whoever had the lock before may have changed the stage: draining the old way round would
    // overwrite what the store in charge has acknowledged since.
    await this.allowed(step.action);
    await within(this.options.deadlineMs, this.checkStores(step));
    if (step.switches) await this.drain.whileWritersGoOn(step);
    await this.at("stage/drained");
    const change = await this.change(step);
    await this.epochs.raise(change.after);
    return change;
  }

  private lock(name: string): Promise<ControlLock> {
    const { deadlineMs: timeoutMs, signal } = this.options;
    return this.ports.control.lock(name, "exclusive", { timeoutMs, signal });
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

  /** Both stores are the right ones, and the one that is to be in charge says so itself. */
  private async checkStores({ switches, to }: StageStep): Promise<void> {
    if (switches) await this.epochs.check(this.unit);
    else await this.epochs.checkAuthority(this.unit);
    await this.epochs.prepare(await this.record(), to);
  }

  private change(step: StageStep): Promise<StageChange> {
    if (!step.switches) return this.whileFrozen(step);
    const { deadlineMs, signal } = this.options;
    const { control } = this.ports;
    const round = (): Promise<number> => this.drain.before(step);
    const approach = { control, unit: this.unit.name, deadlineMs, signal, round };
    return announced(approach, () => this.whileFrozen(step));
  }

  private async whileFrozen(step: StageStep): Promise<StageChange> {
    const frozenAt = performance.now();
    this.patient.deadline.begin();
    const turn = await this.lock(writersLock(this.unit.name));
    try {
      await this.at("stage/writers-out");
      await this.ports.control.settleOrphans(this.unit.name);
      if (step.switches) await this.drain.toTheEnd(step);
      await this.at("stage/drained-again");
      const { before, after } = await commitStep(this.ports, this.unit, step, this.options);
      await this.at("stage/committed");
      return { step, before, after, frozenMs: performance.now() - frozenAt };
    } finally {
      turn.release();
      await this.at("stage/released");
    }
  }
}
