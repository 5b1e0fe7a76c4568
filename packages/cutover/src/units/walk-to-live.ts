import { StorageError } from "@cutover/core";
import type {
  Operator,
  Unit,
  UnitRecord,
  VerificationProgress,
  VerificationReport,
} from "@cutover/engine";
import type { CutoverSettings } from "../config/cutover-config.ts";
import { compareUnit } from "./compare-unit.ts";

/** Progress of a copy or of a comparison: both have the same shape. */
export type OnUnitProgress = (phase: "copy" | "compare", progress: VerificationProgress) => void;

/** How to walk. */
export interface WalkOptions {
  readonly reason?: string | undefined;
  /** What does not count when records are compared. Default: everything counts. */
  readonly compare?: CutoverSettings["compare"] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnUnitProgress | undefined;
}

function diverged({ unit, differences }: VerificationReport): StorageError {
  const nextCommand = `cutover repair --unit ${unit}`;
  return new StorageError(
    "DIVERGED",
    `unit "${unit}" was copied, and ${differences} records differ; it was not switched over`,
    { nextCommand },
  );
}

function notCounted({ unit, whyNot = "" }: VerificationReport): StorageError {
  return new StorageError(
    "VERSION_CONFLICT",
    `the comparison of unit "${unit}" does not count: ${whyNot}; somebody else changed its stage`,
    { nextCommand: "cutover status" },
  );
}

/** Takes a started unit on until its new store is in charge, step by step, each with its gate. */
export class WalkToLive {
  private readonly operator: Operator;
  private readonly options: WalkOptions;

  constructor(operator: Operator, options: WalkOptions) {
    this.operator = operator;
    this.options = options;
  }

  /**
   * @returns the unit's record, which is at `live` or beyond
   * @throws StorageError DIVERGED where the two stores differ; STAGE_REFUSED, LOCK_TIMEOUT. The unit
   *   is then where it had come to, and the same again goes on from there
   */
  async take(unit: Unit): Promise<UnitRecord> {
    for (;;) {
      const { record, blockedBy } = await this.operator.status(unit);
      // What is done by now is not interrupted any more.
      if (record.stage !== "dualwrite" && record.stage !== "shadow") return record;
      this.options.signal?.throwIfAborted();
      if (record.stage === "dualwrite") await this.copy(unit);
      else {
        if (blockedBy.length > 0) await this.compare(unit);
        await this.operator.switch(unit, this.action);
      }
    }
  }

  private get action(): { reason: string | undefined; signal: AbortSignal | undefined } {
    const { reason, signal } = this.options;
    return { reason, signal };
  }

  private async copy(unit: Unit): Promise<void> {
    const { signal, onProgress } = this.options;
    await this.operator.backfill(unit, {
      signal,
      onProgress: (progress) => onProgress?.("copy", progress),
    });
    await this.operator.advance(unit, this.action);
  }

  private async compare(unit: Unit): Promise<void> {
    const { compare, signal, onProgress } = this.options;
    const options = {
      compare,
      signal,
      onProgress: (progress: VerificationProgress) => onProgress?.("compare", progress),
    };
    const { report } = await compareUnit(this.operator, unit, options);
    if (!report.isClean) throw diverged(report);
    if (!report.counts) throw notCounted(report);
  }
}
