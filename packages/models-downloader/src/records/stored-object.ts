import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  setMember,
  StorageError,
} from "@cutover/core";

/** Where a value was found, for messages. */
export interface RecordPlace {
  readonly store: string;
  readonly key: string;
}

/** Says that stored data is not what the application can work with; names the place alone. */
export function misshapen({ store, key }: RecordPlace, what: string): StorageError {
  return new StorageError(
    "CORRUPT_DATA",
    `${store}, ${JSON.stringify(key)}: ${what}; nothing was changed. Mend or delete the record`,
    { collection: store },
  );
}

/**
 * A stored value as a record; null counts as none, as in the original application.
 * @throws StorageError CORRUPT_DATA for anything else that is no object
 */
export function storedObject(
  value: JsonValue | undefined,
  place: RecordPlace,
): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  if (isJsonObject(value)) return value;
  throw misshapen(place, "is no object");
}

/** An object of entries; names that look like integers move to its front, as JavaScript has it. */
export function objectOf(entries: Iterable<readonly [string, JsonValue]>): JsonObject {
  const object: Record<string, JsonValue> = {};
  for (const [member, value] of entries) setMember(object, member, value);
  return object;
}

/** The JSON text of an object of entries, in their order whatever the names look like. */
export function objectText(entries: Iterable<readonly [string, JsonValue]>): string {
  const members = Array.from(
    entries,
    ([member, value]) => `${JSON.stringify(member)}:${JSON.stringify(value)}`,
  );
  return `{${members.join(",")}}`;
}

/** True for what "merge" writers of the original never store, and for what is not there. */
export function isBlank(value: JsonValue | undefined): value is "" | null | undefined {
  return value === undefined || value === null || value === "";
}

/** A member that holds text; undefined otherwise. */
export function textMember(record: JsonObject | undefined, member: string): string | undefined {
  const value = record !== undefined && Object.hasOwn(record, member) ? record[member] : undefined;
  return typeof value === "string" ? value : undefined;
}
