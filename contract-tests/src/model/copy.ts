import type { JsonValue } from "@cutover/core";
import { trusted } from "../proof/trusted.ts";

/** Copies a value as the contract says a store takes it: one zero, no `undefined`. */
export function copyOf(value: unknown): JsonValue {
  if (typeof value === "number") return value === 0 ? 0 : value;
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== "object" || value === null) return trusted(value);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([member, item]) => [member, copyOf(item)]),
  );
}

/** Copies a value as it is, `-0` and `undefined` included. */
export function duplicateOf<T>(value: T): T {
  if (Array.isArray(value)) return trusted(value.map(duplicateOf));
  if (typeof value !== "object" || value === null) return value;
  return trusted(
    Object.fromEntries(Object.entries(value).map(([member, item]) => [member, duplicateOf(item)])),
  );
}

/** Makes a value useless to whoever still holds it, nested parts first. */
export function spoil(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const item of Object.values(value)) spoil(item);
  if (Array.isArray(value)) value.push("spoiled");
  else Object.assign(value, { spoiled: "spoiled" });
}
