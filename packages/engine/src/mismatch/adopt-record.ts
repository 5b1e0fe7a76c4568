import {
  driverOf,
  isStorageError,
  versionOf,
  type JsonValue,
  type StorageBackend,
  type WriteOperation,
} from "@cutover/core";
import type { Unit } from "../unit/unit.ts";
import type { Roles } from "../verify/lockstep.ts";
import { Intents } from "../write/intents.ts";
import type { Mismatch } from "./mismatch.ts";
import { collectionOf } from "./recheck.ts";
import type { RepairPorts } from "./repair-options.ts";
import { rolesOf } from "../verify/sides.ts";
import type { UnitRecord } from "../unit/unit-record.ts";

/** How long a write waits for other writers of the authority. Milliseconds. */
const patienceMs = 10_000;
/** A present in which nothing has expired yet: what is adopted is what is stored. */
const beforeAllMs = -8.64e15;

const changedSince = "the record was changed after the mismatch was found; verify again";

/**
 * Writes what the mirror has of a record to the authority, if both still have what was found. Call
 * it with the unit's drain lock held, so that the stage cannot change.
 *
 * @returns why it was not done; undefined when it was
 */
export async function adoptRecord(
  ports: RepairPorts,
  unit: Unit,
  record: UnitRecord,
  mismatch: Mismatch,
): Promise<string | undefined> {
  const { key } = mismatch;
  const stores: Roles<StorageBackend> | undefined = rolesOf(record, ports.stores);
  const replicas = rolesOf(record, ports.replicas);
  if (key === undefined || stores === undefined || replicas === undefined)
    return "there is no record to adopt";
  const collection = collectionOf(unit, mismatch.collection);
  const value = (await replicas.mirror.states(collection, [key])).get(key);
  if ((value === undefined ? undefined : versionOf(value)) !== mismatch.mirror) return changedSince;
  const held = (await replicas.authority.states(collection, [key])).get(key);
  if ((held === undefined ? undefined : versionOf(held)) !== mismatch.authority)
    return changedSince;
  const operations = operationsFor(value, { collection, key, ifVersion: mismatch.authority });
  const context = { nowMs: beforeAllMs, signal: undefined, timeoutMs: patienceMs };
  const intents = new Intents(ports.control, unit.name);
  try {
    await intents.around(operations, () => driverOf(stores.authority).write(operations, context));
    return undefined;
  } catch (error) {
    if (isStorageError(error, "VERSION_CONFLICT")) return changedSince;
    if (isStorageError(error, "ALREADY_EXISTS"))
      return "the authority has another record with a value that must be unique";
    throw error;
  }
}

function operationsFor(
  value: JsonValue | undefined,
  target: Pick<Extract<WriteOperation, { type: "delete" }>, "collection" | "key" | "ifVersion">,
): readonly WriteOperation[] {
  if (value !== undefined)
    return [{ type: "put", ...target, value, insert: target.ifVersion === undefined }];
  return target.ifVersion === undefined ? [] : [{ type: "delete", ...target }];
}
