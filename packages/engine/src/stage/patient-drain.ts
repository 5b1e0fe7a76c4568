import {
  UnitDrain,
  type DrainPorts,
  type RoundOptions,
  type RoundResult,
} from "../drain/unit-drain.ts";
import type { Unit } from "../unit/unit.ts";
import { Deadline } from "./deadline.ts";
import { Silence } from "./silence.ts";
import type { Side } from "./stages.ts";

/** How patient a {@link PatientDrain} is. */
export interface Patience {
  /** A store that does not answer for longer has failed, in milliseconds. */
  readonly mostSilentMs: number;
  /** Once writers are held off, all has to be over after so many milliseconds. Default: they are not. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Drains a unit, and gives up where a store hangs: what that was told last is known to be under way. */
export class PatientDrain {
  readonly deadline: Deadline;
  private readonly drain: UnitDrain;
  private underWay: Promise<unknown> | undefined;

  constructor(ports: DrainPorts, unit: Unit, patience: Patience) {
    const silence = new Silence();
    const replicas = { old: silence.of(ports.replicas.old), new: silence.of(ports.replicas.new) };
    this.deadline = new Deadline(unit, { deadlineMs: Infinity, ...patience, silence });
    this.drain = new UnitDrain({ ...ports, replicas }, unit);
  }

  /** Settles when what the mirror was told last has landed; undefined when nothing is under way. */
  get landing(): Promise<unknown> | undefined {
    return this.underWay;
  }

  /** @throws StorageError LOCK_TIMEOUT; the signal's reason; what either store throws */
  round(options: RoundOptions): Promise<RoundResult> {
    const round = this.drain.round(options);
    this.underWay = round.then(
      () => (this.underWay = undefined),
      () => (this.underWay = undefined),
    );
    return this.deadline.wait(round);
  }

  inspectMirror(mirror: Side): Promise<string[]> {
    return this.drain.inspectMirror(mirror);
  }

  rememberMirror(mirror: Side): Promise<void> {
    return this.drain.rememberMirror(mirror);
  }
}
