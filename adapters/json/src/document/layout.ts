import { StorageError } from "@cutover/core";

/** Where in a JSON document the records live, and how they carry their keys. */
export interface DocumentLayout {
  /** `object`: members are the records, their names the keys. `array`: elements are the records. */
  readonly shape: "object" | "array";
  /** Names of the members that lead from the top-level object to the records; `[]` is the top. */
  readonly at: readonly string[];
  /** The member of each element that holds its key. Required with `array`, meaningless otherwise. */
  readonly keyMember?: string;
}

/** The key member of an array layout; undefined for an object layout.
 * @throws StorageError CONFIG_INVALID when an array layout names none.
 */
export function keyMemberOf(layout: DocumentLayout): string | undefined {
  if (layout.shape === "object") return undefined;
  if (layout.keyMember !== undefined && layout.keyMember !== "") return layout.keyMember;
  throw new StorageError(
    "CONFIG_INVALID",
    "A file layout of shape `array` needs `keyMember`: the member of each element that holds its key.",
  );
}
