import { setTimeout as sleep } from "node:timers/promises";
import type { ControlStore, MaybePromise } from "@cutover/core";
import type { Unit } from "../unit/unit.ts";

/** The longest a single write is held back, in milliseconds. */
const longestHoldMs = 1000;

/** The topic of the control store's notes that tell what is being held back, by unit. */
export const holdTopic = "hold";

/**
 * Holds writers back a little while the mirror is far behind, so that it never falls hopelessly
 * behind: the further, the longer, up to a second a write. No write ever fails because of it.
 */
export class Backlog {
  private readonly control: ControlStore;
  private readonly maxDirty: number;
  private readonly dirty = new Map<string, number>();
  private readonly held = new Set<string>();

  /** @param maxDirty records that the mirror may lack before writers are held back */
  constructor(control: ControlStore, maxDirty: number) {
    this.control = control;
    this.maxDirty = maxDirty;
  }

  /** How many records of a unit its mirror lacks, as just counted. */
  counted(unit: Unit, dirty: number): void {
    this.dirty.set(unit.name, dirty);
    if (dirty <= this.maxDirty) void this.tell(unit, undefined);
  }

  /** To be waited for before a write. */
  room(unit: Unit, signal: AbortSignal | undefined): MaybePromise<void> {
    const dirty = this.dirty.get(unit.name) ?? 0;
    if (dirty <= this.maxDirty) return undefined;
    const excess = (dirty - this.maxDirty) / this.maxDirty;
    return this.hold(unit, { holdMs: Math.min(longestHoldMs, excess * longestHoldMs), signal });
  }

  private async hold(
    unit: Unit,
    { holdMs, signal }: { readonly holdMs: number; readonly signal: AbortSignal | undefined },
  ): Promise<void> {
    void this.tell(unit, holdMs);
    await sleep(holdMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    signal?.throwIfAborted();
  }

  /** Says in the control store why writers are slow, once, and takes it back when they no longer are. */
  private async tell({ name }: Unit, holdMs: number | undefined): Promise<void> {
    if (this.held.has(name) === (holdMs !== undefined)) return;
    if (holdMs === undefined) this.held.delete(name);
    else this.held.add(name);
    const dirty = this.dirty.get(name) ?? 0;
    const why = { dirty, maxDirty: this.maxDirty, since: new Date().toISOString() };
    // It only informs: a control store in trouble shows at the write itself.
    await this.control
      .note(holdTopic, name, holdMs === undefined ? undefined : why)
      .catch(() => {});
  }
}
