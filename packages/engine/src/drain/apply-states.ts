import {
  isStorageError,
  type CollectionDefinition,
  type ControlStore,
  type RecordState,
  type Replica,
} from "@cutover/core";

/** Where states are applied, and where what had to give way is remembered. */
export interface ApplyTarget {
  readonly control: ControlStore;
  readonly unit: string;
  readonly mirror: Replica;
}

/** A clash may uncover the next one, but not for ever. */
const mostClashes = 100;

function isClash(error: unknown): boolean {
  return isStorageError(error, "ALREADY_EXISTS");
}

/** Records that hold a unique value another one needs now go first; they come back at the end. */
function cleared(
  states: readonly RecordState[],
  collection: CollectionDefinition,
  owners: ReadonlySet<string>,
): RecordState[] {
  const removals = Array.from(owners, (key) => ({ collection, key, value: undefined }));
  return [...removals, ...states];
}

/**
 * Makes records of one collection so at the mirror. Where they clash with others on a unique value,
 * the others are marked, removed, and left to the next round of the drain.
 *
 * @throws what the mirror throws; nothing is changed then
 */
export async function applyStates(
  { control, unit, mirror }: ApplyTarget,
  collection: CollectionDefinition,
  states: readonly RecordState[],
): Promise<void> {
  const owners = new Set<string>();
  for (let clashes = 0; ; clashes++) {
    try {
      return await mirror.apply(cleared(states, collection, owners));
    } catch (error) {
      if (!isClash(error) || clashes === mostClashes) throw error;
      const found = (await mirror.owners(states)).filter((key) => !owners.has(key));
      if (found.length === 0) throw error;
      // Marked before they go: a crash in between must not leave them missing unnoticed.
      await control.markSettled(
        unit,
        found.map((key) => ({ collection: collection.name, key, moved: true })),
      );
      for (const key of found) owners.add(key);
    }
  }
}
