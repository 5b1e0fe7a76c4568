import type { CollectionDefinition, ControlStore, DirtyMark, Replica } from "@cutover/core";
import type { Sides } from "../backend/route.ts";
import type { Side } from "../stage/stages.ts";
import type { Unit } from "../unit/unit.ts";
import { sweepKey } from "../write/write-targets.ts";
import type { AtFailpoint } from "../failpoint.ts";
import type { DrainTarget } from "./drain-target.ts";
import { KeyDrain, type KeyMark } from "./key-drain.ts";
import { MirrorStamps } from "./mirror-stamp.ts";
import { reconcile, type ReconcileOptions } from "./reconcile.ts";

/** What {@link UnitDrain} works with. */
export interface DrainPorts {
  readonly control: ControlStore;
  readonly replicas: Sides<Replica>;
  /** Called at failpoints, for tests. Default: nothing. */
  readonly at?: AtFailpoint | undefined;
}

/** What a round may do. */
export interface RoundOptions extends ReconcileOptions {
  readonly mirror: Side;
  /** Whether whole collections are compared and copied, or left for somebody who has the time. */
  readonly reconciles: boolean;
}

/** What a round found and did. */
export interface RoundResult {
  /** Marks that are gone. */
  readonly cleared: number;
  /** Marks found that it had to leave, because their writers had not ended. */
  readonly writing: number;
  /** Collections that it left, or that await their reconciliation. */
  readonly whole: readonly string[];
  /** Collections left because somebody else has written to the mirror's. */
  readonly bypassed: readonly string[];
}

/** Marks taken up at a time. */
const marksPerRound = 2000;

/** The control store's lock that whoever changes the mirror of a unit holds. */
export function drainLock(unit: string): string {
  return `drain:${unit}`;
}

function isKeyMark(mark: DirtyMark): mark is KeyMark {
  return mark.key !== undefined && mark.key !== sweepKey;
}

/**
 * Makes the mirror of a unit equal to its authority wherever marks say that they may differ: after
 * writes, crashes and failures of the mirror, and at the beginning, when everything is marked.
 * Whoever runs it holds the unit's drain lock.
 */
export class UnitDrain {
  private readonly ports: DrainPorts;
  private readonly unit: Unit;

  constructor(ports: DrainPorts, unit: Unit) {
    this.ports = ports;
    this.unit = unit;
  }

  /** Takes up the oldest marks once. @throws what the mirror, or the source, throws */
  async round(options: RoundOptions): Promise<RoundResult> {
    const { control } = this.ports;
    const { name } = this.unit;
    const { collections: whole } = await control.count(name);
    const marks = await control.marks(name, marksPerRound);
    if (marks.length > 0) await this.ports.at?.("drain/listed");
    let cleared = 0;
    const bypassed: string[] = [];
    for (const collection of this.unit.collections) {
      const own = marks.filter((mark) => mark.collection === collection.name);
      // Between the count and the list a collection may have been marked as a whole: both count.
      const isWhole = whole.includes(collection.name) || own.some(({ key }) => key === undefined);
      if (own.length === 0 && !(isWhole && options.reconciles)) continue;
      if (await this.stamps(options).isBypassed(collection)) bypassed.push(collection.name);
      else if (!isWhole) cleared += await this.drainKeys(collection, own, options);
      else if (options.reconciles) cleared += await this.reconcileWhole(collection, options);
    }
    const writing = marks.filter((mark) => mark.writers > 0).length;
    return { cleared, writing, whole, bypassed };
  }

  private target({ mirror }: RoundOptions): DrainTarget {
    const { control, replicas, at } = this.ports;
    const source = mirror === "new" ? replicas.old : replicas.new;
    return { control, unit: this.unit.name, source, mirror: replicas[mirror], at };
  }

  private stamps({ mirror }: RoundOptions): MirrorStamps {
    const { control, replicas } = this.ports;
    return new MirrorStamps({ control, unit: this.unit.name }, replicas[mirror], mirror);
  }

  /**
   * Looks whether somebody else has written to the mirror. @returns the collections concerned
   */
  async inspectMirror(mirror: Side): Promise<string[]> {
    const stamps = this.stamps({ mirror, reconciles: false });
    const found: string[] = [];
    for (const collection of this.unit.collections) {
      if (await stamps.isBypassed(collection)) found.push(collection.name);
    }
    return found;
  }

  /** A store that is about to become the mirror is as this library left it. */
  async rememberMirror(mirror: Side): Promise<void> {
    const stamps = this.stamps({ mirror, reconciles: false });
    for (const collection of this.unit.collections) await stamps.remember(collection);
  }

  private async drainKeys(
    collection: CollectionDefinition,
    marks: readonly DirtyMark[],
    options: RoundOptions,
  ): Promise<number> {
    if (marks.length === 0) return 0;
    const { control } = this.ports;
    const { name } = this.unit;
    const sweeps = marks.filter((mark) => mark.key === sweepKey);
    // A sweep that never told what it removed may have removed anything.
    if (sweeps.some((mark) => mark.writers === 0 && mark.moved)) {
      return this.markWhole(collection);
    }
    const keys = marks.filter(isKeyMark);
    if (keys.length > 0) {
      const drain = new KeyDrain(this.target(options), collection);
      let isDone = true;
      await this.stamps(options).around(collection, async () => {
        isDone = await drain.run(keys);
      });
      if (!isDone) return this.markWhole(collection);
    }
    const settled = marks.filter((mark) => mark.writers === 0);
    await this.ports.at?.("drain/applied");
    if (settled.length > 0) await control.clear(name, settled);
    await this.ports.at?.("drain/cleared");
    return settled.length;
  }

  private async markWhole({ name: collection }: CollectionDefinition): Promise<number> {
    const mark = { collection, key: undefined, moved: false };
    await this.ports.control.markSettled(this.unit.name, [mark]);
    return 1;
  }

  private async reconcileWhole(
    collection: CollectionDefinition,
    options: RoundOptions,
  ): Promise<number> {
    const { control } = this.ports;
    const { name } = this.unit;
    const own = (await control.marks(name, Number.MAX_SAFE_INTEGER)).filter(
      (found) => found.collection === collection.name,
    );
    const mark = own.find(({ key }) => key === undefined);
    // Its writer may be about to clear the collection: wait for what comes of it.
    if (mark === undefined || mark.writers > 0) return 0;
    await this.ports.at?.("reconcile/begun");
    await this.stamps(options).around(collection, () =>
      reconcile(this.target(options), collection, options),
    );
    await this.ports.at?.("reconcile/equal");
    // Those listed before: a sweep that ends meanwhile may have removed what was passed already.
    const sweeps = own.filter(({ key, writers }) => key === sweepKey && writers === 0);
    await control.clear(name, [mark, ...sweeps]);
    return 1;
  }
}
