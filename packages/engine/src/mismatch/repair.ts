import type { AuditEntry } from "@cutover/core";
import { inDrainTurn } from "../unit/drain-turn.ts";
import type { Unit } from "../unit/unit.ts";
import { verifyUnit } from "../verify/verify-unit.ts";
import { inspectMirror } from "./inspect-mirror.ts";
import { mismatchesOf } from "./mismatch-book.ts";
import type { Mismatch } from "./mismatch.ts";
import { recheckAll } from "./recheck.ts";
import type { LeftMismatch, RepairOptions, RepairPorts, RepairReport } from "./repair-options.ts";
import { repairPlan, type RepairStep } from "./repair-plan.ts";
import { RepairWork } from "./repair-work.ts";

/**
 * Makes the mirror equal to the authority where mismatches are open: their records are marked, the
 * drain does the rest, and each is looked at again. What somebody else wrote to the mirror, record
 * by record or to a file as a whole, needs a decision. With `discard` the mirror's collection is
 * made equal to the authority's; with `adopt` what differs, and was not written through this
 * library since, is taken over. Without one such collections are left as they are.
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
  private readonly left: LeftMismatch[] = [];

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
    const work = new RepairWork(this.ports, this.unit, { ...this.options, bypassed });
    const { timeoutMs = 30_000, signal } = this.options;
    const turn = { timeoutMs, signal, landing: () => work.landing };
    const { done, left } = await inDrainTurn(control, this.unit, turn, () => work.run(steps));
    this.left.push(...left);
    await this.lookAgain(done.map(({ mismatch }) => mismatch));
    await control.commit([], [this.auditEntry(steps)]);
    return this.report(steps);
  }

  /** Collections whose mirror somebody else wrote to; with a decision, all that differs is known. */
  private async bypassed(): Promise<ReadonlySet<string>> {
    const { discard = false, adopt = false } = this.options;
    const found = await inspectMirror(this.ports, this.unit, this.options);
    if (found.length > 0 && (discard || adopt) && (await this.hasToKnow()))
      await verifyUnit(this.ports, this.unit, this.options);
    return new Set(found);
  }

  /** All of it can be discarded unseen, where it is still to be copied as a whole and cannot be compared. */
  private async hasToKnow(): Promise<boolean> {
    const { adopt = false, dryRun = false, only } = this.options;
    if (adopt || dryRun || only !== undefined) return true;
    const { collections } = await this.ports.control.count(this.unit.name);
    return collections.length === 0;
  }

  private report(steps: readonly RepairStep[]): RepairReport {
    return { unit: this.unit.name, steps, mended: this.mended, left: this.left };
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

function stillThere(mismatch: Mismatch): LeftMismatch {
  const { kind, message } = mismatch;
  return { mismatch, why: message ?? `the two stores still differ (${kind})` };
}
