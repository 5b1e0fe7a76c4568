import { setTimeout as sleep } from "node:timers/promises";
import { isStorageError, StorageError, type ControlLock, type DirtyCount } from "@cutover/core";
import { stages } from "../stage/stages.ts";
import type { UnitRegistry } from "../unit/unit-registry.ts";
import type { Unit } from "../unit/unit.ts";
import { mayLag } from "./lag.ts";
import { settleOrphans } from "./settle-orphans.ts";
import { drainLock, UnitDrain, type DrainPorts, type RoundResult } from "./unit-drain.ts";

/** How long somebody who wrote is given to write again, before it is looked what there is to drain. */
const breathMs = 5;
/** How soon it is looked again whether those who are writing have ended. */
const writingMs = 5;
/** How soon somebody looks again who found another process draining. */
const busyMs = 25;
/** First and longest pause after a mirror that failed. */
const failurePauseMs = { first: 100, longest: 5000 } as const;
/** How soon somebody looks again whose collections an operator has to copy, or decide about, first. */
const waitMs = 1000;
/** Marks whose writer has not ended for so long belong to a process that died. */
const orphanMs = 3000;

/** How often, at most, it is counted meanwhile how far behind a mirror is that hangs. Milliseconds. */
const countMs = 250;
/** Counting may take one part of so many of the time. */
const countShare = 20;
/** How often an idle process looks for marks that others have left. Milliseconds. */
const watchMs = 2000;

/** What {@link Drainer} works with. */
export interface DrainerPorts extends DrainPorts {
  readonly registry: UnitRegistry;
  /** Told how many records a mirror lacks, whenever they were counted. */
  readonly onCount: (unit: Unit, dirty: number) => void;
  /** Told what a mirror failed with, and `undefined` once it works again. */
  readonly onTrouble: (unit: Unit, trouble: StorageError | undefined) => void;
}

type Outcome = "clean" | "again" | "writing" | "busy" | "waits" | "left";

/** Drains one unit in the background, for as long as there is anything to drain. */
class UnitLoop {
  private readonly ports: DrainerPorts;
  private readonly unit: Unit;
  private readonly drain: UnitDrain;
  private readonly stopped: AbortSignal;
  private running: Promise<void> | undefined;
  private poked = false;
  private failures = 0;
  private countAtMs = 0;

  constructor(ports: DrainerPorts, unit: Unit, stopped: AbortSignal) {
    this.ports = ports;
    this.unit = unit;
    this.drain = new UnitDrain(ports, unit);
    this.stopped = stopped;
  }

  poke(): void {
    this.poked = true;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
      if (this.poked && !this.stopped.aborted) this.poke();
    });
    // A round that hangs, or waits after a failure, must not hide how far behind the mirror falls.
    if (performance.now() > this.countAtMs) void this.count().catch(() => undefined);
  }

  private async count(): Promise<DirtyCount> {
    const began = performance.now();
    this.countAtMs = Infinity;
    try {
      const count = await this.ports.control.count(this.unit.name);
      // While everything is being copied, marks say nothing about how far behind the mirror is.
      this.ports.onCount(this.unit, count.collections.length > 0 ? 0 : count.keys);
      return count;
    } finally {
      const now = performance.now();
      this.countAtMs = now + Math.max(countMs, (now - began) * countShare);
    }
  }

  async ended(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.poked && !this.stopped.aborted) {
      await this.pause(breathMs);
      this.poked = false;
      const began = performance.now();
      const outcome = await this.attempt();
      // As long again as it took: a slow mirror gets half of the time, and larger rounds.
      if (outcome === "again") await this.pause(Math.min(performance.now() - began, 1000));
      if (outcome === "writing") await this.pause(writingMs);
      if (outcome === "busy") await this.pause(busyMs);
      // What was written meanwhile would stay dirty, for nobody else tells that they are done.
      if (outcome === "waits") await this.pause(waitMs);
      if (outcome !== "clean" && outcome !== "left") this.poked = true;
    }
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { ref: false, signal: this.stopped }).catch(() => undefined);
  }

  private async attempt(): Promise<Outcome> {
    try {
      const outcome = await this.once();
      if (this.failures > 0) this.ports.onTrouble(this.unit, undefined);
      this.failures = 0;
      return outcome;
    } catch (error) {
      if (this.stopped.aborted) return "left";
      this.ports.onTrouble(this.unit, troubleOf(error));
      const { first, longest } = failurePauseMs;
      await this.pause(Math.min(first * 2 ** this.failures++, longest));
      return "again";
    }
  }

  private async once(): Promise<Outcome> {
    const { control } = this.ports;
    const { name } = this.unit;
    const before = await this.count();
    if (before.keys === 0 && before.collections.length === 0) return "clean";
    if (mayLag(before, Date.now()) && !this.stopped.aborted) return "writing";
    let lock: ControlLock;
    try {
      lock = await control.lock(drainLock(name), "exclusive", { timeoutMs: 0 });
    } catch (error) {
      if (isStorageError(error, "LOCK_TIMEOUT")) return "busy";
      throw error;
    }
    try {
      return await this.rounds();
    } finally {
      lock.release();
    }
  }

  /** Rounds under the lock: nobody changes the unit's stage meanwhile. */
  private async rounds(): Promise<Outcome> {
    const { registry } = this.ports;
    const { record } = registry.of(await registry.look(), this.unit);
    const { mirror } = stages[record.stage];
    if (mirror === undefined) return "left";
    const result = await this.drain.round({ mirror, reconciles: record.backfilled });
    if (result.cleared > 0) return "again";
    if (await this.isStuck(result)) return this.settleOrphans();
    if (result.writing > 0) return "again";
    return result.whole.length > 0 ? "waits" : "clean";
  }

  private async isStuck({ writing }: RoundResult): Promise<boolean> {
    if (writing === 0) return false;
    const { oldestMs } = await this.ports.control.count(this.unit.name);
    // A clock that was put back must not keep a dead writer's mark for as long.
    return oldestMs !== undefined && Math.abs(Date.now() - oldestMs) > orphanMs;
  }

  private async settleOrphans(): Promise<Outcome> {
    await settleOrphans(this.ports.control, this.unit.name, this.stopped);
    return "again";
  }
}

function troubleOf(error: unknown): StorageError {
  return error instanceof StorageError
    ? error
    : new StorageError("IO_FAILED", "the mirror failed", { backend: "cutover", cause: error });
}

/** Keeps the mirrors of all units up with their authorities, in the background of an application. */
export class Drainer {
  private readonly ports: DrainerPorts;
  private readonly loops = new Map<string, UnitLoop>();
  private readonly stopping = new AbortController();
  private readonly watch: NodeJS.Timeout;

  constructor(ports: DrainerPorts) {
    this.ports = ports;
    this.watch = setInterval(() => this.lookAround(), watchMs).unref();
  }

  /** What a process marked that has ended since is drained by those that are left, idle or not. */
  private lookAround(): void {
    for (const loop of this.loops.values()) loop.poke();
  }

  /** There may be something to drain. */
  poke(unit: Unit): void {
    if (this.stopping.signal.aborted) return;
    let loop = this.loops.get(unit.name);
    if (loop === undefined) {
      loop = new UnitLoop(this.ports, unit, this.stopping.signal);
      this.loops.set(unit.name, loop);
    }
    loop.poke();
  }

  /** Ends after the rounds under way. What is left is marked, and drained by whoever comes next. */
  async stop(): Promise<void> {
    clearInterval(this.watch);
    this.stopping.abort();
    await Promise.all(Array.from(this.loops.values(), (loop) => loop.ended()));
  }
}
