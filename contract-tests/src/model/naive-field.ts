import type { CollectionDefinition, Field, JsonValue } from "@cutover/core";

/** What a query sees of a member; null where it is absent, null or misfit. */
export type Seen = string | number | boolean | null;

/** A record of the model. */
export interface NaiveRecord {
  readonly key: string;
  readonly value: JsonValue;
}

/** A member of a value, or undefined. */
export function rawMember(value: JsonValue, member: string): JsonValue | undefined {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  return new Map(Object.entries(value)).get(member);
}

function isoInstant(text: string): number | undefined {
  const toSecond = text.slice(0, 19);
  const rest = text.slice(19);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(toSecond) || !/^(\.\d+)?$/.test(rest))
    return undefined;
  const date = new Date(`${toSecond}Z`);
  // 30 February and 24:00 come back as something else, or not at all.
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 19) !== toSecond)
    return undefined;
  return date.getTime() + Number(`${rest.slice(1)}000`.slice(0, 3));
}

function epochInstant(ms: number): number | undefined {
  const whole = Math.floor(ms);
  const year = new Date(whole).getUTCFullYear();
  return year >= 0 && year <= 9999 ? whole : undefined;
}

/** The instant a timestamp names, by the wall clock for `iso-local`. */
export function instantIn(field: Field, raw: JsonValue | undefined): number | undefined {
  if (typeof raw === "number") {
    if (field.as === "epoch-s") return epochInstant(raw * 1000);
    return field.as === "epoch-ms" ? epochInstant(raw) : undefined;
  }
  if (typeof raw !== "string") return undefined;
  if (field.as === "iso-local") return isoInstant(raw);
  return field.as === "iso-utc" && raw.endsWith("Z") ? isoInstant(raw.slice(0, -1)) : undefined;
}

/** What queries see of a field of a record. */
export function seenOf(field: Field, record: NaiveRecord): Seen {
  if (field.member === "$key") return record.key;
  const raw = rawMember(record.value, field.member);
  if (field.kind === "text" && typeof raw === "string") return raw;
  if (field.kind === "integer" && Number.isSafeInteger(raw)) return Number(raw);
  if (field.kind === "real" && typeof raw === "number") return raw;
  if (field.kind === "boolean" && typeof raw === "boolean") return raw;
  const isMoment = field.kind === "timestamp" && instantIn(field, raw) !== undefined;
  return isMoment && (typeof raw === "string" || typeof raw === "number") ? raw : null;
}

/** Whether a record is gone by its expiry. */
export function isGone(definition: CollectionDefinition, value: JsonValue, nowMs: number): boolean {
  const field = definition.expiry;
  if (field === undefined) return false;
  const end = instantIn(field, rawMember(value, field.member));
  if (end === undefined) return false;
  if (field.as !== "iso-local") return nowMs >= end;
  const now = new Date(nowMs);
  const day = [now.getFullYear(), now.getMonth(), now.getDate()] as const;
  const time = [now.getHours(), now.getMinutes(), now.getSeconds(), now.getMilliseconds()] as const;
  return Date.UTC(...day, ...time) >= end;
}

/** By UTF-8 bytes, numbers by size, false before true, null before all. */
export function compareSeen(left: Seen, right: Seen): number {
  if (left === null || right === null) return (left === null ? 0 : 1) - (right === null ? 0 : 1);
  if (typeof left === "string" && typeof right === "string")
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return Number(left) - Number(right);
}
