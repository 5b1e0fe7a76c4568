import { randomUUID } from "node:crypto";
import type { ControlStore, StorageDriver } from "@cutover/core";
import type { ObservedRead } from "../backend/observed-read.ts";
import type { Sides } from "../backend/route.ts";
import type { UnitRegistry } from "../unit/unit-registry.ts";
import type { Unit } from "../unit/unit.ts";
import type { Comparators } from "../verify/comparator.ts";
import { answerText } from "./answer-text.ts";
import { compareRead, type SampledRead, type ShadowPorts } from "./shadow-comparison.ts";
import { noCounts, writeCounts, type ShadowCount, type ShadowCounts } from "./shadow-counts.ts";
import { TimeShare } from "./time-share.ts";

/** What {@link ShadowReads} accepts. */
export interface ShadowReadsOptions {
  readonly control: ControlStore;
  readonly registry: UnitRegistry;
  readonly drivers: Sides<StorageDriver>;
  /** The share of reads that is compared, from 0 to 1. Default: 0.01. */
  readonly rate?: number;
  /** A number in [0, 1), asked for each read. Default: `Math.random`. */
  readonly random?: () => number;
  /** The share of the time that comparing may take, more than 0, at most 1. Default: 0.05. */
  readonly share?: number;
  /** Reads that may wait to be compared; more are dropped and counted. Default: 100. */
  readonly mostWaiting?: number;
  /** A comparison that takes longer has failed, in milliseconds. Default: 1,000. */
  readonly timeoutMs?: number;
  /** What does not count. Default: everything counts. */
  readonly compare?: Comparators;
  /** The present, in milliseconds since 1970. Default: `Date.now`. */
  readonly clock?: () => number;
  /** Told of every difference that stayed. Default: nothing. */
  readonly onDifferent?: (unit: Unit, epoch: number) => void;
}

/** How often counts are written for others to see, in milliseconds. */
const persistMs = 5000;
const defaults = { rate: 0.01, share: 0.05, mostWaiting: 100, timeoutMs: 1000 } as const;

interface Tally {
  epoch: number;
  counts: Record<ShadowCount, number>;
  isWritten: boolean;
}

/**
 * Compares some of the reads with what the mirror would have answered: later, outside all locks,
 * within a share of the time, and without any effect on the caller.
 */
export class ShadowReads {
  private readonly ports: ShadowPorts;
  private readonly options: ShadowReadsOptions;
  private readonly rate: number;
  private readonly random: () => number;
  private readonly mostWaiting: number;
  private readonly share: TimeShare;
  private readonly queue: SampledRead[] = [];
  private readonly tallies = new Map<string, Tally>();
  /** Two backends of one process count apart. */
  private readonly process = `${process.pid} ${randomUUID()}`;
  private running: Promise<void> | undefined;
  private scheduled: { readonly cancel: () => void } | undefined;
  private persistence: NodeJS.Timeout | undefined;
  private idling: PromiseWithResolvers<void> | undefined;
  private readonly stopping = Promise.withResolvers<void>();
  private isStopped = false;

  constructor(options: ShadowReadsOptions) {
    const { control, registry, drivers, clock = Date.now, compare } = options;
    const { timeoutMs = defaults.timeoutMs, share = defaults.share } = options;
    this.options = options;
    this.rate = options.rate ?? defaults.rate;
    this.random = options.random ?? Math.random;
    this.mostWaiting = options.mostWaiting ?? defaults.mostWaiting;
    this.ports = { control, registry, drivers, clock, compare, timeoutMs };
    this.share = new TimeShare(share, () => performance.now());
  }

  /** Takes note of a read that was answered. Never throws, and does nothing for most reads. */
  observe(read: ObservedRead): void {
    if (this.random() < this.rate) this.sample(read);
  }

  private sample(read: ObservedRead): void {
    if (this.isStopped) return;
    if (this.queue.length >= this.mostWaiting) return this.count(read, "dropped");
    const { unit, collection, epoch, ask, keys, answer } = read;
    const beganMs = performance.now();
    try {
      const text = answerText(answer);
      this.queue.push({ unit, collection, epoch, ask, keys, text });
    } catch {
      return this.count(read, "errors");
    }
    this.share.spent(beganMs);
    this.schedule();
  }

  /** What this process has counted of a unit under the epoch it is at. */
  counts(unit: string): ShadowCounts {
    return { ...(this.tallies.get(unit)?.counts ?? noCounts) };
  }

  /** Resolves when nothing waits to be compared any more. */
  async idle(): Promise<void> {
    if (this.scheduled === undefined && this.running === undefined) return;
    this.idling ??= Promise.withResolvers();
    await this.idling.promise;
  }

  /** Writes what was counted for other processes to see. */
  async persist(): Promise<void> {
    clearTimeout(this.persistence);
    this.persistence = undefined;
    for (const [unit, tally] of this.tallies) {
      if (tally.isWritten) continue;
      tally.isWritten = true;
      const { epoch } = tally;
      const counts = { ...tally.counts };
      await writeCounts(this.ports.control, { process: this.process, unit, epoch, counts });
    }
  }

  /** Compares nothing any more, and writes what was counted. A comparison under way ends first. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.stopping.resolve();
    this.scheduled?.cancel();
    this.scheduled = undefined;
    for (const read of this.queue.splice(0)) this.count(read, "dropped");
    await this.running;
    this.schedule();
    await this.persist();
  }

  private schedule(): void {
    if (this.scheduled !== undefined || this.running !== undefined) return;
    if (this.queue.length === 0) {
      this.idling?.resolve();
      this.idling = undefined;
      return;
    }
    const { waitMs } = this.share;
    const run = (): void => {
      this.scheduled = undefined;
      this.running = this.compareNext().finally(() => {
        this.running = undefined;
        this.schedule();
      });
    };
    if (waitMs === 0) {
      const immediate = setImmediate(run);
      this.scheduled = { cancel: () => clearImmediate(immediate) };
    } else {
      const timer = setTimeout(run, Math.ceil(waitMs));
      timer.unref();
      this.scheduled = { cancel: () => clearTimeout(timer) };
    }
  }

  private async compareNext(): Promise<void> {
    const read = this.queue.shift();
    if (read === undefined) return;
    const beganMs = performance.now();
    const { result, over } = compareRead(this.ports, read);
    try {
      const outcome = await result;
      if (outcome !== "skipped") this.count(read, "compared");
      this.count(read, outcome);
      if (outcome === "different") this.tell(read);
    } catch {
      this.count(read, "errors");
    }
    // A store that hangs is not asked again before it has answered; stopping does not wait for it.
    await Promise.race([over, this.stopping.promise]);
    this.share.spent(beganMs);
  }

  private tell({ unit, epoch }: SampledRead): void {
    try {
      this.options.onDifferent?.(unit, epoch);
    } catch {
      // Whoever listens has troubles of their own: they are no matter of the readers.
    }
  }

  private count({ unit, epoch }: Pick<SampledRead, "unit" | "epoch">, what: ShadowCount): void {
    let tally = this.tallies.get(unit.name);
    if (tally === undefined || tally.epoch < epoch) {
      tally = { epoch, counts: { ...noCounts }, isWritten: false };
      this.tallies.set(unit.name, tally);
    }
    if (tally.epoch !== epoch) return;
    tally.counts[what]++;
    tally.isWritten = false;
    if (this.isStopped || this.persistence !== undefined) return;
    this.persistence = setTimeout(() => void this.persist().catch(() => undefined), persistMs);
    this.persistence.unref();
  }
}
