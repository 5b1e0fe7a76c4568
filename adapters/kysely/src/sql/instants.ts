import type { Bucket, TimestampForm } from "@cutover/core";

/** From the year 0 on: smaller numbers are no timestamps and never expire. */
export const firstInstant = -62_167_219_200_000;
const endOfInstants = 253_402_300_800_000;

/** Characters of a timestamp in ISO form that name its bucket. */
export const bucketLengths: Readonly<Record<Bucket, number>> = {
  year: 4,
  month: 7,
  day: 10,
  hour: 13,
};

/** Whether a timestamp is a number. */
export function isEpoch(form: TimestampForm): boolean {
  return form.startsWith("epoch");
}

/**
 * The first instant that lies after the present, in the form in which a dialect's `instant` gives
 * it: a number, or `2025-11-29T10:00:00.123`.
 */
export function instantAfter(form: TimestampForm, presentMs: number): string | number {
  return isEpoch(form) ? presentMs + 1 : isoAfter(presentMs);
}

function isoAfter(presentMs: number): string {
  const next = presentMs + 1;
  if (next <= firstInstant) return "";
  // "~" comes after every digit.
  return next >= endOfInstants ? "~" : new Date(next).toISOString().slice(0, 23);
}
