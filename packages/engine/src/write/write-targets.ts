import type { CollectionDefinition, MarkTarget, WriteOperation, WriteResult } from "@cutover/core";

/**
 * Stands for records of a collection that an operation may remove without naming them, because
 * they have expired. No record has an empty key. While its write is under way it covers them all;
 * once the write has told which they were, it covers nothing.
 */
export const sweepKey = "";

/** Collections of which a plain put may remove somebody else's record: an expired owner of a unique value. */
function mayEvict({ expiry, unique }: CollectionDefinition): boolean {
  return expiry !== undefined && unique.length > 0;
}

function targetsOfOne(operation: WriteOperation): MarkTarget[] {
  const collection = operation.collection.name;
  switch (operation.type) {
    case "clear":
    case "replaceAll":
      return [{ collection, key: undefined }];
    case "deleteExpired":
      return [{ collection, key: sweepKey }];
    case "delete":
      return [{ collection, key: operation.key }];
    default: {
      const own = { collection, key: operation.key };
      return mayEvict(operation.collection) ? [own, { collection, key: sweepKey }] : [own];
    }
  }
}

/** Text that is the same for equal targets only. */
export function targetText({ collection, key }: MarkTarget): string {
  return key === undefined ? collection : `${collection}\n${key}`;
}

function distinct(targets: readonly MarkTarget[]): MarkTarget[] {
  return [...new Map(targets.map((target) => [targetText(target), target])).values()];
}

/** Everything that operations may change, to be marked before they do. */
export function targetsOf(operations: readonly WriteOperation[]): MarkTarget[] {
  const targets = operations.flatMap(targetsOfOne);
  return targets.length === 1 ? targets : distinct(targets);
}

function removedBy(operation: WriteOperation, result: WriteResult | undefined): MarkTarget[] {
  const collection = operation.collection.name;
  const removed = (result?.removed ?? []).map((key) => ({ collection, key }));
  if (operation.type === "delete" && result !== undefined && result.count > 0)
    removed.push({ collection, key: operation.key });
  return removed;
}

/** Records that operations have removed, whether or not they put them back: those have new places. */
export function removedOf(
  operations: readonly WriteOperation[],
  results: readonly WriteResult[],
): MarkTarget[] {
  return distinct(operations.flatMap((operation, index) => removedBy(operation, results[index])));
}
