import { createHash } from "node:crypto";
import {
  type CollectionDefinition,
  type Entries,
  type ErrorCode,
  type JsonValue,
  StorageError,
  type StorageErrorDetails,
  type UniqueConstraint,
} from "@cutover/core";
import { copyOf } from "./copy.ts";
import { isGone, type NaiveRecord, rawMember, type Seen, seenOf } from "./naive-field.ts";

/** The model's records of one collection, in their order. */
export interface NaiveState {
  records: readonly NaiveRecord[];
  exists: boolean;
}

/** Runs one call; a transaction uses it to notice failures. */
export type Guard = <T>(call: () => T) => Promise<T>;

interface Write {
  readonly insert?: boolean;
  readonly ifVersion?: string | undefined;
  readonly make: (current: JsonValue | undefined) => unknown;
}

/** The version of a value. */
export function digest(value: JsonValue): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 22);
}

/** Refuses a call. */
export function refuse(code: ErrorCode, details: StorageErrorDetails = {}): never {
  throw new StorageError(code, "said by the model", details);
}

/** What becomes of a collection's records by a write, step by step. */
export abstract class NaiveRecords {
  readonly definition: CollectionDefinition;
  protected readonly state: NaiveState;
  protected readonly now: () => number;
  protected readonly guard: Guard;

  constructor(
    definition: CollectionDefinition,
    state: NaiveState,
    outside: { readonly now: () => number; readonly guard: Guard },
  ) {
    this.definition = definition;
    this.state = state;
    this.now = outside.now;
    this.guard = outside.guard;
  }

  protected write<T>(work: () => T): Promise<T> {
    return this.guard(() => {
      const { records, exists } = this.state;
      try {
        return work();
      } catch (error) {
        Object.assign(this.state, { records, exists });
        throw error;
      }
    });
  }

  protected gone(record: NaiveRecord): boolean {
    return isGone(this.definition, record.value, this.now());
  }

  protected live(): NaiveRecord[] {
    return this.state.records.filter((record) => !this.gone(record));
  }

  protected at(key: string): NaiveRecord | undefined {
    return this.live().find((record) => record.key === key);
  }

  protected drop(test: (record: NaiveRecord) => boolean): number {
    const kept = this.state.records.filter((record) => !test(record));
    const count = this.state.records.length - kept.length;
    if (count > 0) this.set(kept);
    return count;
  }

  protected set(records: readonly NaiveRecord[]): void {
    this.state.records = records;
    this.state.exists = true;
  }

  protected checkVersion(key: string, ifVersion: string | undefined): void {
    if (ifVersion === undefined) return;
    const current = this.at(key);
    const currentVersion = current && digest(current.value);
    if (currentVersion !== ifVersion)
      refuse("VERSION_CONFLICT", currentVersion === undefined ? {} : { currentVersion });
  }

  protected claim(constraint: UniqueConstraint, record: NaiveRecord): readonly Seen[] {
    return constraint.fields.map((field) => seenOf(field, record));
  }

  protected checkUnique(record: NaiveRecord): void {
    for (const constraint of this.definition.unique) {
      const claim = this.claim(constraint, record);
      if (claim.includes(null)) continue;
      const clashes = (other: NaiveRecord): boolean =>
        other.key !== record.key &&
        JSON.stringify(this.claim(constraint, other)) === JSON.stringify(claim);
      if (this.live().some(clashes)) refuse("ALREADY_EXISTS", { constraint: constraint.name });
      this.drop((other) => clashes(other) && this.gone(other));
    }
  }

  /** What a caller hands in is refused before the store is looked at. */
  protected checked(key: string, made: unknown): JsonValue {
    if (made === undefined) return refuse("INVALID_VALUE");
    const value = copyOf(made);
    const { keyMember } = this.definition;
    if (keyMember !== undefined && rawMember(value, keyMember) !== key) refuse("INVALID_VALUE");
    return value;
  }

  protected checkedAll(entries: Entries): [string, JsonValue][] {
    return Array.from(entries, ([key, value]) => [key, this.checked(key, value)]);
  }

  protected writeOne(key: string, { insert = false, ifVersion, make }: Write): JsonValue {
    this.drop((record) => record.key === key && this.gone(record));
    const current = this.at(key);
    if (insert && current !== undefined) refuse("ALREADY_EXISTS", { constraint: "key" });
    this.checkVersion(key, ifVersion);
    const value = this.checked(key, make(current?.value));
    const record = { key, value };
    this.checkUnique(record);
    const { records } = this.state;
    if (current !== undefined) this.set(records.map((one) => (one.key === key ? record : one)));
    else
      this.set(this.definition.order === "prepend" ? [record, ...records] : [...records, record]);
    return value;
  }

  protected deleteOne(key: string, ifVersion?: string): boolean {
    this.drop((record) => record.key === key && this.gone(record));
    this.checkVersion(key, ifVersion);
    return this.drop((record) => record.key === key) > 0;
  }
}
