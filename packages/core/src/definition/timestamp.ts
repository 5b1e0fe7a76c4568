import { isoInstant } from "./iso-instant.ts";

/** How a record writes its timestamps. */
export type TimestampForm =
  /** `2025-11-29T10:00:00.123Z`, any number of fraction digits or none. */
  | "iso-utc"
  /** The same without a zone: the clock on the wall of the machine that wrote it. */
  | "iso-local"
  /** Seconds since 1970, fractions allowed. */
  | "epoch-s"
  /** Milliseconds since 1970, fractions allowed. */
  | "epoch-ms";

/** Size of a date bucket. */
export type Bucket = "year" | "month" | "day" | "hour";

/** From 0000-01-01 up to, not including, 10000-01-01, in milliseconds: what all stores can compute with. */
const firstInstant = -62_167_219_200_000;
const endOfInstants = 253_402_300_800_000;

function epochInstant(milliseconds: number): number | undefined {
  const whole = Math.floor(milliseconds);
  return whole >= firstInstant && whole < endOfInstants ? whole : undefined;
}

/**
 * The instant a timestamp names, in whole milliseconds (fractions beyond that are cut off).
 * For `iso-local` it is the wall clock read as if it were UTC.
 *
 * @returns undefined when the value does not fit the form or lies outside the years 0 to 9999
 */
export function instantOf(form: TimestampForm, value: unknown): number | undefined {
  if (typeof value === "string") {
    if (form === "iso-utc") return isoInstant(value, "Z");
    return form === "iso-local" ? isoInstant(value, "") : undefined;
  }
  if (typeof value !== "number") return undefined;
  if (form === "epoch-s") return epochInstant(value * 1000);
  return form === "epoch-ms" ? epochInstant(value) : undefined;
}

/** The present moment, in the terms of {@link instantOf} for this form. */
export function presentFor(form: TimestampForm, nowMs: number): number {
  return form === "iso-local" ? nowMs - new Date(nowMs).getTimezoneOffset() * 60_000 : nowMs;
}

const bucketLength: Readonly<Record<Bucket, number>> = { year: 4, month: 7, day: 10, hour: 13 };

/** The bucket an instant falls into: `2025`, `2025-11`, `2025-11-29` or `2025-11-29T10`. */
export function bucketOf(bucket: Bucket, instantMs: number): string {
  return new Date(instantMs).toISOString().slice(0, bucketLength[bucket]);
}
