import type { StorageError } from "@cutover/core";
import type { Operator, Unit, VerificationProgress, VerificationReport } from "@cutover/engine";
import type { CutoverSettings } from "../config/cutover-config.ts";
import { UnitDraining } from "./unit-draining.ts";

/** How to compare. */
export interface CompareOptions {
  /** What does not count. Default: everything counts. */
  readonly compare?: CutoverSettings["compare"] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: VerificationProgress) => void) | undefined;
  /** Told why the comparison does not begin, or end, at once. Default: nobody. */
  readonly onHeld?: ((why: string) => void) | undefined;
}

/** What came of a comparison. */
export interface Compared {
  readonly report: VerificationReport;
  /** Why the second store could not be made equal before; undefined: it could. */
  readonly trouble: StorageError | undefined;
}

/**
 * Compares both stores of a unit, once what is known to differ has been made equal: no application
 * may be running that would.
 *
 * @throws StorageError STAGE_REFUSED where there is nothing to compare; what either store throws
 */
export async function compareUnit(
  operator: Operator,
  unit: Unit,
  options: CompareOptions,
): Promise<Compared> {
  const { compare, signal, onProgress, onHeld } = options;
  const { record, uncopied } = await operator.status(unit);
  const verify = (onWait?: () => void): Promise<VerificationReport> =>
    operator.verify(unit, {
      ...(compare === undefined ? {} : { compare }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(onWait === undefined ? {} : { onWait }),
    });
  if (!record.backfilled) return { report: await verify(), trouble: undefined };
  if (uncopied.length > 0) await operator.backfill(unit, { signal });
  const draining = new UnitDraining(operator, unit, { signal, onHeld });
  const report = await draining.during(verify);
  return { report, trouble: draining.trouble };
}
