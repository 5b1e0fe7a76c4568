import {
  isStorageError,
  StorageError,
  type CollectionDefinition,
  type Replica,
  type StorageDriver,
  type WriteOperation,
} from "@cutover/core";
import { within } from "../shadow/within.ts";
import type { Unit } from "../unit/unit.ts";

/** What a mirror that is in trouble holds is not waited for any longer. Milliseconds. */
const patienceMs = 1000;

/** Operations that say what the whole collection is to be need nothing of what was there. */
const anew: ReadonlySet<WriteOperation["type"]> = new Set(["clear", "replaceAll"]);

/** Where writes go, and where their records are also held. */
export interface WrittenStores {
  readonly authority: StorageDriver;
  readonly mirror: Replica;
}

const isThere = (store: StorageDriver, collection: CollectionDefinition): boolean =>
  store.holds?.(collection) !== false;

/** Whether {@link checkMissing} has to look at the mirror. */
export function mayBeMissing(
  { authority }: WrittenStores,
  operations: readonly WriteOperation[],
): boolean {
  return operations.some(
    ({ type, collection }) => !anew.has(type) && !isThere(authority, collection),
  );
}

/**
 * Refuses to write to a collection whose file somebody deleted while the mirror has records of it:
 * the write would make a new file with nothing else in it, and the mirror, which may be all that
 * is left of the others, would be made equal to that.
 *
 * @throws StorageError DIVERGED; nothing is written
 */
export async function checkMissing(
  { authority, mirror }: WrittenStores,
  unit: Unit,
  operations: readonly WriteOperation[],
): Promise<void> {
  const known = new Set<CollectionDefinition>();
  for (const { type, collection } of operations) {
    if (known.has(collection)) continue;
    known.add(collection);
    if (anew.has(type) || isThere(authority, collection)) continue;
    const copied = await held(mirror, collection);
    // Made by another process since it was looked for, and mirrored already.
    if (copied === 0 || isThere(authority, collection)) continue;
    throw gone(unit, collection, "nothing was written");
  }
}

/** The mirror's trouble never fails a writer. */
async function held(mirror: Replica, collection: CollectionDefinition): Promise<number> {
  try {
    return await within(patienceMs, mirror.size(collection));
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return 0;
  }
}

/** What is told to who reads, or writes, a collection whose file somebody deleted. */
export function gone(
  { name: unit }: Unit,
  { name, file }: CollectionDefinition,
  outcome: string,
): StorageError {
  return new StorageError(
    "DIVERGED",
    `collection "${name}" of unit "${unit}" is missing in the store in charge (${file.path}), and the ` +
      `other one has records of it; ${outcome}. Put it back, or clear it through the application`,
    { backend: "cutover", collection: name, nextCommand: "cutover doctor" },
  );
}
