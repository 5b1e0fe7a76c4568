import type { AuditEntry, StorageBackend } from "@cutover/core";
import type { Sides } from "../backend/route.ts";
import { forgetStamp } from "../drain/mirror-stamp.ts";
import { drainLock, UnitDrain } from "../drain/unit-drain.ts";
import { stages } from "../stage/stages.ts";
import type { UnitRecord } from "../unit/unit-record.ts";
import type { Unit } from "../unit/unit.ts";
import { markCover } from "../verify/mark-cover.ts";
import { defaultPatience, pauseBefore } from "../verify/patience.ts";
import { comparableSides, type ComparisonOptions } from "../verify/sides.ts";
import { verifyUnit, type VerifyPorts } from "../verify/verify-unit.ts";
import { adoptRecord } from "./adopt-record.ts";
import { isOpen, mismatchesOf } from "./mismatch-book.ts";
import type { Mismatch } from "./mismatch.ts";
import { recheckAll } from "./recheck.ts";
import { repairPlan, type BypassDecision, type RepairStep } from "./repair-plan.ts";

/** What a repair works with. */
export interface RepairPorts extends VerifyPorts {
  readonly stores: Sides<StorageBackend>;
}

/** What {@link repairUnit} accepts. */
export interface RepairOptions extends ComparisonOptions, BypassDecision {
  /** Only tell what would be done. Default: false. */
  readonly dryRun?: boolean;
  /** Which mismatches to repair. Default: all open ones. */
  readonly only?: (mismatch: Mismatch) => boolean;
  /** How long to wait for others to stop draining, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number;
  /** Default: `operator`. */
  readonly actor?: string;
}

/** What a repair did. */
export interface RepairReport {
  readonly unit: string;
  readonly steps: readonly RepairStep[];
  /** Mismatches that are no more. */
  readonly mended: readonly Mismatch[];
  /** Mismatches that are left, and why. */
  readonly left: readonly { readonly mismatch: Mismatch; readonly why: string }[];
}

/** Rounds of the drain after which those left are given up. */
const mostRounds = 1000;

/**
 * Makes the mirror equal to the authority where mismatches are open: their records are marked, the
 * drain does the rest, and each is looked at again. Records that somebody else wrote to the mirror
 * need a decision, `discard` or `adopt`.
 *
 * @throws StorageError STAGE_REFUSED as `verifyUnit` does; LOCK_TIMEOUT when somebody else drains
 *   for too long; what a store throws
 */
export async function repairUnit(
  ports: RepairPorts,
  unit: Unit,
  options: RepairOptions = {},
): Promise<RepairReport> {
  return new Repair(ports, unit, options).run();
}

class Repair {
  private readonly ports: RepairPorts;
  private readonly unit: Unit;
  private readonly options: RepairOptions;
  private readonly mended: Mismatch[] = [];
  private readonly left: { readonly mismatch: Mismatch; readonly why: string }[] = [];

  constructor(ports: RepairPorts, unit: Unit, options: RepairOptions) {
    this.ports = ports;
    this.unit = unit;
    this.options = options;
  }

  async run(): Promise<RepairReport> {
    const { control } = this.ports;
    const { dryRun = false, only = () => true } = this.options;
    const bypassed = await this.bypassed();
    const mismatches = (await mismatchesOf(control, this.unit.name)).filter(only);
    const steps = repairPlan(mismatches, this.options, bypassed);
    if (dryRun || (steps.length === 0 && bypassed.size === 0)) return this.report(steps);
    const todo = await this.alone(() => this.carryOut(steps, bypassed));
    await this.lookAgain(todo.map(({ mismatch }) => mismatch));
    await control.commit([], [this.auditEntry(steps)]);
    return this.report(steps);
  }

  /** Runs something while nobody else changes the mirror, or the unit's stage. */
  private async alone<T>(work: (record: UnitRecord) => Promise<T>): Promise<T> {
    const { timeoutMs = 30_000, signal } = this.options;
    const options = { timeoutMs, signal };
    const name = drainLock(this.unit.name);
    const lock = await this.ports.control.lock(name, "exclusive", options);
    try {
      const record = await this.record();
      comparableSides(record, this.ports.replicas);
      return await work(record);
    } finally {
      lock.release();
    }
  }

  /** Collections of which somebody else has written to the mirror; with a decision, all that differs in them is known. */
  private async bypassed(): Promise<ReadonlySet<string>> {
    const { discard = false, adopt = false } = this.options;
    const found = await this.alone(async ({ stage }) => {
      const { mirror } = stages[stage];
      return mirror === undefined ? [] : new UnitDrain(this.ports, this.unit).inspectMirror(mirror);
    });
    if (found.length > 0 && (discard || adopt))
      await verifyUnit(this.ports, this.unit, this.options);
    return new Set(found);
  }

  private report(steps: readonly RepairStep[]): RepairReport {
    return { unit: this.unit.name, steps, mended: this.mended, left: this.left };
  }

  private async record(): Promise<UnitRecord> {
    const { registry } = this.ports;
    return registry.of(await registry.look(), this.unit).record;
  }

  /** @returns the steps whose result is to be looked at */
  private async carryOut(
    steps: readonly RepairStep[],
    bypassed: ReadonlySet<string>,
  ): Promise<readonly RepairStep[]> {
    const record = await this.record();
    const done: RepairStep[] = [];
    for (const step of steps) {
      const why = await this.prepare(record, step);
      if (why === undefined) done.push(step);
      else this.left.push({ mismatch: step.mismatch, why });
    }
    const copies = done.filter(({ action }) => action === "copy" || action === "reconcile");
    const marks = copies.map(({ mismatch: { collection, key, kind } }) => ({
      collection,
      key,
      // Whatever it was found to be, it may by now be in another place as well.
      moved: key !== undefined && kind !== "changed",
    }));
    if (marks.length > 0) await this.ports.control.markSettled(this.unit.name, marks);
    await this.decide(bypassed);
    await this.drain(record, done);
    return done;
  }

  /** Where nothing is left to be decided, the mirror is taken as it is, and can be drained again. */
  private async decide(bypassed: ReadonlySet<string>): Promise<void> {
    const { discard = false, adopt = false, only = () => true } = this.options;
    if (!discard && !adopt) return;
    const { control } = this.ports;
    const unit = this.unit.name;
    const open = (await mismatchesOf(control, unit)).filter(isOpen);
    const undecided = [
      ...open.filter((mismatch) => !only(mismatch)),
      ...this.left.map(({ mismatch }) => mismatch),
    ];
    for (const name of bypassed) {
      if (undecided.some(({ collection }) => collection === name)) continue;
      await forgetStamp({ control, unit }, name);
    }
  }

  /** @returns why nothing is done about it */
  private async prepare(record: UnitRecord, step: RepairStep): Promise<string | undefined> {
    const { action, mismatch } = step;
    if (action === "decide")
      return "somebody else wrote it to the mirror: decide with --discard or --adopt";
    if (action !== "adopt") return undefined;
    return adoptRecord(this.ports, this.unit, record, mismatch);
  }

  private async drain({ stage }: UnitRecord, steps: readonly RepairStep[]): Promise<void> {
    const { mirror } = stages[stage];
    const { signal, patience = defaultPatience } = this.options;
    if (mirror === undefined) return;
    const drain = new UnitDrain(this.ports, this.unit);
    let idle = 0;
    for (let round = 0; round < mostRounds && idle < patience.looks; round++) {
      if (!(await this.isMarked(steps))) return;
      await pauseBefore(idle, patience, signal);
      const { cleared } = await drain.round({ mirror, reconciles: true, signal });
      idle = cleared === 0 ? idle + 1 : 0;
    }
  }

  private async isMarked(steps: readonly RepairStep[]): Promise<boolean> {
    const names = new Set(steps.map(({ mismatch }) => mismatch.collection));
    for (const name of names) {
      const cover = await markCover(this.ports.control, this.unit.name, name);
      if (cover.whole) return true;
      const own = steps.filter(({ mismatch }) => mismatch.collection === name);
      if (own.some(({ mismatch: { key } }) => key !== undefined && cover.covers(key))) return true;
    }
    return false;
  }

  private async lookAgain(mismatches: readonly Mismatch[]): Promise<void> {
    const found = await recheckAll(this.ports, this.unit, mismatches, this.options);
    for (const [index, mismatch] of mismatches.entries()) {
      const own = found[index];
      if (own?.outcome === "gone") this.mended.push(mismatch);
      else if (own?.outcome === "stands") this.left.push(stillThere(own.mismatch));
      else
        this.left.push({ mismatch, why: "the record is being changed all the time; verify again" });
    }
  }

  private auditEntry(steps: readonly RepairStep[]): AuditEntry {
    const { actor = "operator", discard = false, adopt = false } = this.options;
    const counts = {
      mismatches: steps.length,
      mended: this.mended.length,
      left: this.left.length,
    };
    return {
      at: new Date(this.ports.clock()).toISOString(),
      action: "repair",
      unit: this.unit.name,
      actor,
      details: { ...counts, discard, adopt },
    };
  }
}

function stillThere(mismatch: Mismatch): { readonly mismatch: Mismatch; readonly why: string } {
  const { kind, message } = mismatch;
  return { mismatch, why: message ?? `the two stores still differ (${kind})` };
}
