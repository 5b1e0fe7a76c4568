import type { JsonValue } from "@cutover/core";

/** One change of a document. */
export type DocumentChange =
  | {
      readonly type: "put";
      readonly key: string;
      readonly value: JsonValue;
      /** Where a new record goes; an existing one stays where it is. Default `append`. */
      readonly order?: "append" | "prepend";
    }
  /** Removes the record; nothing happens when there is none. */
  | { readonly type: "delete"; readonly key: string }
  | { readonly type: "clear" }
  /** Makes these the records, in this order; of two with one key the last value counts. */
  | { readonly type: "replaceAll"; readonly records: Iterable<readonly [string, JsonValue]> };

/** How an edit treats what cannot be read. */
export interface EditOptions {
  /** Overwrite and remove opaque records too, which loses their bytes for good. Default false. */
  readonly replaceOpaque?: boolean;
}
