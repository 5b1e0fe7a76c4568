import { isJsonObject, type ControlStore, type JsonObject, type JsonValue } from "@cutover/core";
import type { Finding, Mismatch, MismatchKind } from "./mismatch.ts";

/** Mismatches kept of a unit; more are counted only. */
export const mostMismatches = 1000;

const kinds: Readonly<Record<MismatchKind, true>> = {
  missing: true,
  extra: true,
  changed: true,
  moved: true,
  bypassed: true,
  error: true,
};

/** The topic of the control store's notes that a unit's mismatches are kept under. */
export function mismatchTopic(unit: string): string {
  return `mismatch:${unit}`;
}

const restTopic = "mismatches-not-kept";

/** Identifies a mismatch within its unit: one per record. */
export function mismatchId({ collection, key }: Pick<Mismatch, "collection" | "key">): string {
  return JSON.stringify(key === undefined ? [collection] : [collection, key]);
}

type Versions = Pick<Finding, "authority" | "mirror">;

/** True when a record differs as it did before, also when the stores have changed roles since. */
export function sameVersions(one: Versions, other: Versions): boolean {
  const asBefore = one.authority === other.authority && one.mirror === other.mirror;
  return asBefore || (one.authority === other.mirror && one.mirror === other.authority);
}

function encode(mismatch: Mismatch): JsonObject {
  const { key, authority, mirror, reason, message, paths, ...rest } = mismatch;
  return {
    ...rest,
    paths: [...paths],
    ...(key === undefined ? {} : { key }),
    ...(authority === undefined ? {} : { authority }),
    ...(mirror === undefined ? {} : { mirror }),
    ...(message === undefined ? {} : { message }),
    ...(reason === undefined ? {} : { reason }),
  };
}

const textOr = (value: JsonValue | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;

function isKind(value: JsonValue | undefined): value is MismatchKind {
  return typeof value === "string" && Object.hasOwn(kinds, value);
}

function decode(unit: string, value: JsonValue): Mismatch | undefined {
  if (!isJsonObject(value) || !isKind(value["kind"])) return undefined;
  const { paths, seen } = value;
  const reason = textOr(value["reason"]);
  const message = textOr(value["message"]);
  return {
    unit,
    collection: textOr(value["collection"]) ?? "",
    key: textOr(value["key"]),
    kind: value["kind"],
    paths: Array.isArray(paths) ? paths.map(String) : [],
    authority: textOr(value["authority"]),
    mirror: textOr(value["mirror"]),
    firstSeen: textOr(value["firstSeen"]) ?? "",
    lastSeen: textOr(value["lastSeen"]) ?? "",
    seen: typeof seen === "number" ? seen : 1,
    state: value["state"] === "ignored" ? "ignored" : "open",
    ...(message === undefined ? {} : { message }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** True of a mismatch that keeps the gate closed. */
export function isOpen({ state }: Mismatch): boolean {
  return state === "open";
}

/** The mismatches recorded of a unit, oldest first. */
export async function mismatchesOf(control: ControlStore, unit: string): Promise<Mismatch[]> {
  const notes = await control.notes(mismatchTopic(unit));
  return notes.flatMap(({ value }) => decode(unit, value) ?? []);
}

/** How many more the last whole comparison found than were kept. */
export async function mismatchesNotKept(control: ControlStore, unit: string): Promise<number> {
  const notes = await control.notes(restTopic);
  const count = notes.find(({ key }) => key === unit)?.value;
  return typeof count === "number" ? count : 0;
}

/** Writes a mismatch, in the place of an earlier one of the same record. */
export async function writeMismatch(control: ControlStore, mismatch: Mismatch): Promise<void> {
  await control.note(mismatchTopic(mismatch.unit), mismatchId(mismatch), encode(mismatch));
}

/** Forgets a mismatch: it is no more. */
export async function removeMismatch(
  control: ControlStore,
  mismatch: Pick<Mismatch, "unit" | "collection" | "key">,
): Promise<void> {
  await control.note(mismatchTopic(mismatch.unit), mismatchId(mismatch), undefined);
}

/** The mismatch that a finding is, given what was recorded of the same record before. */
export function mismatchOf(
  unit: string,
  finding: Finding,
  { known, at }: { readonly known: Mismatch | undefined; readonly at: string },
): Mismatch {
  if (known === undefined)
    return { ...finding, unit, firstSeen: at, lastSeen: at, seen: 1, state: "open" };
  const { firstSeen, seen, state, reason } = known;
  const isDecided = state === "ignored" && sameVersions(known, finding);
  return {
    ...finding,
    // How it came about stays known: it asks for a decision.
    ...(known.kind === "bypassed" ? { kind: known.kind } : {}),
    unit,
    firstSeen,
    lastSeen: at,
    seen: seen + 1,
    ...(isDecided ? { state, ...(reason === undefined ? {} : { reason }) } : { state: "open" }),
  };
}

/**
 * Records a finding.
 * @returns whether it is open: false where an operator has decided to ignore it
 */
export async function recordFinding(
  control: ControlStore,
  unit: string,
  finding: Finding,
  at: string,
): Promise<boolean> {
  const all = await mismatchesOf(control, unit);
  const id = mismatchId(finding);
  const known = all.find((mismatch) => mismatchId(mismatch) === id);
  const mismatch = mismatchOf(unit, finding, { known, at });
  if (known !== undefined || all.length < mostMismatches) await writeMismatch(control, mismatch);
  else await countNotKept(control, unit, (await mismatchesNotKept(control, unit)) + 1);
  return isOpen(mismatch);
}

/** Says how many mismatches there are beyond those that are kept. */
export async function countNotKept(
  control: ControlStore,
  unit: string,
  count: number,
): Promise<void> {
  await control.note(restTopic, unit, count === 0 ? undefined : count);
}
