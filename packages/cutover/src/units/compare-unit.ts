import type { Operator, Unit, VerificationProgress, VerificationReport } from "@cutover/engine";
import type { CutoverSettings } from "../config/cutover-config.ts";

/** How to compare. */
export interface CompareOptions {
  /** What does not count. Default: everything counts. */
  readonly compare?: CutoverSettings["compare"] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: VerificationProgress) => void) | undefined;
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
): Promise<VerificationReport> {
  const { compare, signal, onProgress } = options;
  const { record, dirty, uncopied } = await operator.status(unit);
  if (record.backfilled && (dirty > 0 || uncopied.length > 0)) {
    await operator.backfill(unit, { signal });
  }
  return operator.verify(unit, {
    ...(compare === undefined ? {} : { compare }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}
