import type { JsonValue } from "@cutover/core";

/** What anything but a text may take, and what goes around one. */
const characters = 16;

/** About how many characters a value has as JSON: enough to know when a statement grows too long. */
export function roughSize(value: JsonValue): number {
  if (typeof value === "string") return value.length + characters;
  if (typeof value !== "object" || value === null) return characters;
  let size = characters;
  for (const item of Object.values(value)) size += roughSize(item);
  return size;
}
