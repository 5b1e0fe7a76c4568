import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { JsonValue } from "../values/json.ts";
import type { Field } from "./field.ts";

/** Where new records go: after all others, or before them (a history, newest first). */
export type RecordOrder = "append" | "prepend";

/** How a collection lies in a JSON file. */
export interface FileMapping {
  /** Path relative to the data folder, with `/`. */
  readonly path: string;
  /**
   * `object`: an object whose members are the records, keyed by their names.
   * `array`: an array of objects, each holding its key in the collection's key member.
   */
  readonly shape: "object" | "array";
  /** Members that lead from the top of the document to the records; empty: the document itself. */
  readonly at: readonly string[];
}

/** Members that together must differ between any two records. */
export interface UniqueConstraint {
  /** The members' names joined by `,`. */
  readonly name: string;
  readonly fields: readonly Field[];
}

/** A checked definition, as `defineCollection` returns it. Adapters read it; nobody changes it. */
export interface CollectionDefinition<V extends JsonValue = JsonValue> {
  readonly name: string;
  /** The member in which each record repeats its key, where there is one. */
  readonly keyMember: string | undefined;
  /** Column of the key in a SQL store. */
  readonly keyColumn: string;
  /** Declared members by name, in the order declared. */
  readonly fields: ReadonlyMap<string, Field>;
  readonly unique: readonly UniqueConstraint[];
  readonly indexes: readonly (readonly Field[])[];
  /** Members that full-text search looks into. */
  readonly search: readonly Field[];
  /** The timestamp at which a record ends, where there is one. */
  readonly expiry: Field | undefined;
  readonly order: RecordOrder;
  readonly file: FileMapping;
  /** Strict validation on write, where the team asked for it. */
  readonly schema: StandardSchemaV1<unknown, unknown> | undefined;
  /** Never set; carries the type of the collection's values. */
  readonly valueType?: V;
}
