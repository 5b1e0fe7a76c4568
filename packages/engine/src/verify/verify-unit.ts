import { StorageError, type CollectionDefinition, type Replica } from "@cutover/core";
import { bypassedCollections } from "../drain/mirror-stamp.ts";
import type { DrainPorts } from "../drain/unit-drain.ts";
import { mismatchesOf, mismatchId, mostMismatches } from "../mismatch/mismatch-book.ts";
import type { Mismatch } from "../mismatch/mismatch.ts";
import { settlePass } from "../mismatch/settle-pass.ts";
import type { UnitRecord, VerificationSummary } from "../unit/unit-record.ts";
import type { UnitRegistry } from "../unit/unit-registry.ts";
import type { Unit } from "../unit/unit.ts";
import { Found } from "./found.ts";
import type { Roles } from "./lockstep.ts";
import { defaultPatience, pauseBefore } from "./patience.ts";
import { recordVerification } from "./record-verification.ts";
import { comparableSides, comparisonOf, incomparable, type ComparisonOptions } from "./sides.ts";
import type { CollectionVerification, VerificationReport } from "./verification-report.ts";
import { unlessAborted } from "./unless-aborted.ts";
import { CollectionCheck } from "./verify-collection.ts";

/** What a comparison works with. */
export interface VerifyPorts extends DrainPorts {
  readonly registry: UnitRegistry;
  /** The present, in milliseconds since 1970. */
  readonly clock: () => number;
}

/** How far a comparison has come. */
export interface VerificationProgress {
  readonly collection: string;
  readonly done: number;
  /** Records of the authority when the collection's turn came; more may come. */
  readonly total: number;
}

/** What {@link verifyUnit} accepts. */
export interface VerifyOptions extends ComparisonOptions {
  readonly onProgress?: (progress: VerificationProgress) => void;
  /** Findings kept per collection; the others are counted. Default: 1,000. */
  readonly mostFindings?: number;
  /** Who asked. Default: `operator`. */
  readonly actor?: string;
}

/** Progress is told after so many records. */
const progressStep = 1000;

/**
 * Compares everything in the two stores of a unit: which records there are, what is in them, in
 * which order they lie, expired ones included. It reads both sides once, in bounded memory, holds
 * no lock, and changes neither store; writers and the drain go on. What looks different is looked
 * at again before it is reported.
 *
 * At the end the result is recorded: gates go by it, and mismatches are opened and closed by it.
 *
 * @throws StorageError STAGE_REFUSED when the unit has no mirror, or not everything was copied;
 *   what a store throws for reasons other than damaged data, which are findings; the signal's reason
 */
export async function verifyUnit(
  ports: VerifyPorts,
  unit: Unit,
  options: VerifyOptions = {},
): Promise<VerificationReport> {
  return new UnitCheck(ports, unit, options).run();
}

class UnitCheck {
  private readonly ports: VerifyPorts;
  private readonly unit: Unit;
  private readonly options: VerifyOptions;
  private readonly standing = new Set<string>();

  constructor(ports: VerifyPorts, unit: Unit, options: VerifyOptions) {
    this.ports = ports;
    this.unit = unit;
    this.options = options;
  }

  private now(): string {
    return new Date(this.ports.clock()).toISOString();
  }

  async run(): Promise<VerificationReport> {
    const { registry, control } = this.ports;
    const { record } = registry.of(await registry.look(), this.unit);
    const sides = comparableSides(record, this.ports.replicas);
    const began = this.now();
    const beganMs = performance.now();
    const known = new Map(
      (await mismatchesOf(control, this.unit.name)).map((own) => [mismatchId(own), own]),
    );
    const collections: CollectionVerification[] = [];
    for (const collection of this.unit.collections) {
      await this.awaitBackfill(collection);
      collections.push(await this.compare(collection, sides, known));
    }
    return this.conclude(record, { began, beganMs, collections });
  }

  /**
   * A collection that was just cleared is made equal as a whole: wait for that, but not for long.
   * Longer than for a record, though: what a writer began that was killed is noticed after seconds.
   */
  private async awaitBackfill({ name }: CollectionDefinition): Promise<void> {
    const { patience = defaultPatience, signal, onWait } = this.options;
    for (let look = 0; look < patience.looks * 3; look++) {
      await pauseBefore(look, patience, signal);
      const { collections } = await this.ports.control.count(this.unit.name);
      if (!collections.includes(name)) return;
      onWait?.();
    }
    const what = `has its collection "${name}" still to be compared and copied as a whole`;
    throw incomparable(this.unit.name, what, "backfill");
  }

  private async compare(
    collection: CollectionDefinition,
    sides: Roles<Replica>,
    known: ReadonlyMap<string, Mismatch>,
  ): Promise<CollectionVerification> {
    const subject = { unit: this.unit.name, collection, sides };
    const comparison = comparisonOf(this.ports, subject, this.options);
    const { mostFindings } = this.options;
    const { control } = this.ports;
    const bypassed = await bypassedCollections({ control, unit: this.unit.name });
    const isBypassed = bypassed.includes(collection.name);
    const found = new Found(known, mostFindings ?? mostMismatches, isBypassed);
    const onRecords = await this.progressOf(collection, sides.authority);
    const check = new CollectionCheck(comparison, found, onRecords);
    const result = await unlessAborted(check.run(), comparison.signal);
    for (const id of found.standing) this.standing.add(id);
    return result;
  }

  private async progressOf(
    collection: CollectionDefinition,
    authority: Replica,
  ): Promise<(records: number) => void> {
    const { onProgress } = this.options;
    if (onProgress === undefined) return () => undefined;
    const total = await sizeOf(authority, collection);
    let done = 0;
    let told = 0;
    onProgress({ collection: collection.name, done, total });
    return (records) => {
      done += records;
      if (done - told < progressStep && done < total) return;
      told = done;
      onProgress({ collection: collection.name, done, total: Math.max(done, total) });
    };
  }

  private async conclude(
    record: UnitRecord,
    pass: {
      readonly began: string;
      readonly beganMs: number;
      readonly collections: readonly CollectionVerification[];
    },
  ): Promise<VerificationReport> {
    const { began, beganMs, collections } = pass;
    const sum = (count: (own: CollectionVerification) => number): number =>
      collections.reduce((total, own) => total + count(own), 0);
    const report = {
      unit: this.unit.name,
      stage: record.stage,
      epoch: record.epoch,
      at: this.now(),
      records: sum(({ records }) => records),
      same: sum(({ same }) => same),
      differences: sum(({ differences }) => differences),
      ignored: sum(({ ignored }) => ignored),
      unstable: sum(({ unstable }) => unstable),
      durationMs: performance.now() - beganMs,
      collections,
    };
    await this.ports.at?.("verify/compared");
    const whyNot = await this.record(report);
    await this.ports.at?.("verify/recorded");
    const isClean = report.differences === 0;
    if (whyNot !== undefined) return { ...report, isClean, counts: false, whyNot };
    const findings = collections.flatMap((own) => own.findings);
    const { standing, unit } = this;
    const { at, differences } = report;
    const result = { unit: unit.name, began, at, findings, differences, standing };
    await settlePass(this.ports.control, result);
    return { ...report, isClean, counts: true };
  }

  private record(
    report: Omit<VerificationReport, "isClean" | "counts">,
  ): Promise<string | undefined> {
    const { at, epoch, records, differences, ignored, unstable } = report;
    const summary: VerificationSummary = { at, epoch, records, differences };
    return recordVerification(this.ports, this.unit, summary, {
      at,
      action: "verify",
      unit: this.unit.name,
      actor: this.options.actor ?? "operator",
      details: { epoch, records, differences, ignored, unstable },
    });
  }
}

/** A collection that cannot be read has no size; that it cannot be read is found out when it is. */
async function sizeOf(replica: Replica, collection: CollectionDefinition): Promise<number> {
  try {
    return await replica.size(collection);
  } catch (error) {
    if (error instanceof StorageError && error.code === "CORRUPT_DATA") return 0;
    throw error;
  }
}
