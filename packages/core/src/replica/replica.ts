import type { StorageBackend } from "../backend/storage-backend.ts";
import type { MaybePromise, StorageDriver, WriteOperation } from "../backend/storage-driver.ts";
import { driverOf } from "../backend/driver-of.ts";
import type { CollectionDefinition } from "../definition/collection-definition.ts";
import type { Field } from "../definition/field.ts";
import { fieldScalar } from "../definition/member.ts";
import type { Predicate } from "../query/predicate.ts";
import type { KeyedValue } from "../query/select.ts";
import type { Selection } from "../query/selection.ts";
import type { JsonValue } from "../values/json.ts";

/**
 * A present in which nothing has expired yet: the earliest that a Date can hold. What a replica
 * reads and writes is what is stored, expired or not.
 */
const beforeAllMs = -8.64e15;

/** How long a replica's write waits for other writers of its store. Milliseconds. */
const patienceMs = 10_000;

/** What a record is to be. */
export interface RecordState {
  readonly collection: CollectionDefinition;
  readonly key: string;
  /** Undefined: absent. */
  readonly value: JsonValue | undefined;
  /** Put it after all others of its collection as the newest, even if it is there already. */
  readonly asNewest?: boolean;
}

/**
 * What a cutover needs of a store beyond the contract: records as they are stored, expired ones
 * included, in the order of their insertion, and a way to make them so. "Oldest first" is the order
 * in which inserting them again gives the same collection, whether it appends or prepends.
 */
export interface Replica {
  /** Everything stored, oldest first; bounded memory, no lock. */
  oldestFirst(collection: CollectionDefinition): AsyncIterable<readonly KeyedValue[]>;
  /** Everything stored, newest first. */
  newestFirst(collection: CollectionDefinition): AsyncIterable<readonly KeyedValue[]>;
  /** Those of the keys that are there. */
  states(
    collection: CollectionDefinition,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, JsonValue>>;
  /** Records stored, expired ones included. */
  size(collection: CollectionDefinition): Promise<number>;
  /** Whether the collection was ever written to: tells one that was emptied from one that is missing. */
  exists(collection: CollectionDefinition): Promise<boolean>;
  /** Keys of other records that hold a unique value which these states claim. */
  owners(states: readonly RecordState[]): Promise<readonly string[]>;
  /**
   * Makes records so, in sequence, atomically and durably; doing it again changes nothing.
   * @throws StorageError ALREADY_EXISTS when a unique value is held by a record that is not among them
   */
  apply(states: readonly RecordState[]): Promise<void>;
  /** Removes everything of a collection. */
  clear(collection: CollectionDefinition): Promise<void>;
  /** Another text after every change, whoever made it; undefined where that cannot be told. */
  stamp(collection: CollectionDefinition): MaybePromise<string | undefined>;
}

function everything(order: Selection["order"]): Selection {
  return {
    predicate: undefined,
    search: undefined,
    order,
    after: undefined,
    limit: undefined,
    nowMs: beforeAllMs,
  };
}

/** Finds who claims what a record claims; undefined for one that claims nothing. */
function claimOf(fields: readonly Field[], key: string, value: JsonValue): Predicate | undefined {
  const terms: Predicate[] = [];
  for (const field of fields) {
    const operand = fieldScalar(field, key, value);
    if (operand === null) return undefined;
    terms.push({ op: "eq", field, operand });
  }
  return { op: "and", terms };
}

function operationsOf({ collection, key, value, asNewest }: RecordState): WriteOperation[] {
  const removal = { type: "delete", collection, key, ifVersion: undefined } as const;
  if (value === undefined) return [removal];
  const put = {
    type: "put",
    collection,
    key,
    value,
    insert: false,
    ifVersion: undefined,
  } as const;
  return asNewest === true ? [removal, put] : [put];
}

class DriverReplica implements Replica {
  private readonly driver: StorageDriver;

  constructor(driver: StorageDriver) {
    this.driver = driver;
  }

  oldestFirst(collection: CollectionDefinition): AsyncIterable<readonly KeyedValue[]> {
    const direction = collection.order === "append" ? "forward" : "backward";
    return this.driver.scan(collection, everything("collection"), direction);
  }

  newestFirst(collection: CollectionDefinition): AsyncIterable<readonly KeyedValue[]> {
    const direction = collection.order === "append" ? "backward" : "forward";
    return this.driver.scan(collection, everything("collection"), direction);
  }

  async states(
    collection: CollectionDefinition,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, JsonValue>> {
    return this.driver.getMany(collection, keys, beforeAllMs);
  }

  async size(collection: CollectionDefinition): Promise<number> {
    return this.driver.count(collection, everything("collection"));
  }

  async exists(collection: CollectionDefinition): Promise<boolean> {
    const context = { nowMs: beforeAllMs, signal: undefined, timeoutMs: patienceMs };
    const { collections } = await this.driver.info(context);
    return collections.find(({ name }) => name === collection.name)?.exists ?? false;
  }

  async owners(states: readonly RecordState[]): Promise<readonly string[]> {
    const owners = new Set<string>();
    for (const { collection, key, value } of states) {
      if (value === undefined) continue;
      for (const { fields } of collection.unique) {
        const predicate = claimOf(fields, key, value);
        if (predicate === undefined) continue;
        const selection = { ...everything("collection"), predicate, limit: 1 };
        const [owner] = await this.driver.select(collection, selection);
        if (owner !== undefined && owner.key !== key) owners.add(owner.key);
      }
    }
    return [...owners];
  }

  async apply(states: readonly RecordState[]): Promise<void> {
    if (states.length > 0) await this.write(states.flatMap(operationsOf));
  }

  async clear(collection: CollectionDefinition): Promise<void> {
    await this.write([{ type: "clear", collection }]);
  }

  stamp(collection: CollectionDefinition): MaybePromise<string | undefined> {
    return this.driver.stamp?.(collection);
  }

  private async write(operations: readonly WriteOperation[]): Promise<void> {
    const context = { nowMs: beforeAllMs, signal: undefined, timeoutMs: patienceMs };
    await this.driver.write(operations, context);
  }
}

/**
 * The replica side of a backend.
 *
 * @throws StorageError CONFIG_INVALID for a backend that was not made by `backendFrom`
 */
export function replicaOf(backend: StorageBackend): Replica {
  return new DriverReplica(driverOf(backend));
}
