import { isJsonObject, type ControlStore, type JsonObject, type JsonValue } from "@cutover/core";
import type { Mismatch, MismatchKind } from "./mismatch.ts";

const kinds: ReadonlySet<string> = new Set<MismatchKind>([
  "missing",
  "extra",
  "changed",
  "moved",
  "bypassed",
  "error",
]);

/** The topic of the control store's notes that a unit's mismatches are kept under. */
export function mismatchTopic(unit: string): string {
  return `mismatch:${unit}`;
}

/** Identifies a mismatch within its unit: one per record. */
export function mismatchId({ collection, key }: Pick<Mismatch, "collection" | "key">): string {
  return JSON.stringify(key === undefined ? [collection] : [collection, key]);
}

function encode(mismatch: Mismatch): JsonObject {
  const { key, authority, mirror, reason, paths, ...rest } = mismatch;
  return {
    ...rest,
    paths: [...paths],
    ...(key === undefined ? {} : { key }),
    ...(authority === undefined ? {} : { authority }),
    ...(mirror === undefined ? {} : { mirror }),
    ...(reason === undefined ? {} : { reason }),
  };
}

const textOr = (value: JsonValue | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;

function isKind(value: JsonValue | undefined): value is MismatchKind {
  return typeof value === "string" && kinds.has(value);
}

function decode(unit: string, value: JsonValue): Mismatch | undefined {
  if (!isJsonObject(value) || !isKind(value["kind"])) return undefined;
  const { paths, seen } = value;
  const reason = textOr(value["reason"]);
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
