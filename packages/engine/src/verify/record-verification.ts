import { isStorageError, type AuditEntry } from "@cutover/core";
import { encodeUnit, recordName, type VerificationSummary } from "../unit/unit-record.ts";
import type { Unit } from "../unit/unit.ts";
import type { VerifyPorts } from "./verify-unit.ts";

/** Other changes of the record may come in between, but not for ever. */
const mostTries = 20;

/**
 * Writes what a comparison found into the unit's record, with an audit row.
 * @returns why it does not count, where the unit's stage was changed meanwhile
 */
export async function recordVerification(
  { control, registry }: VerifyPorts,
  unit: Unit,
  verification: VerificationSummary,
  audit: AuditEntry,
): Promise<string | undefined> {
  for (let tries = 1; ; tries++) {
    const { record, revision } = registry.of(await registry.look(), unit);
    if (record.epoch !== verification.epoch) {
      return (
        `unit "${unit.name}" came to ${record.stage} (epoch ${record.epoch}) while it was compared ` +
        `under epoch ${verification.epoch}; compare again`
      );
    }
    const value = encodeUnit({ ...record, verification });
    try {
      await control.commit([{ name: recordName(unit.name), revision, value }], [audit]);
      return undefined;
    } catch (error) {
      if (!isStorageError(error, "VERSION_CONFLICT") || tries === mostTries) throw error;
    }
  }
}
