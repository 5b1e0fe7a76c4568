import type { WriteOperation, WriteResult } from "../backend/storage-driver.ts";
import type { CollectionDefinition } from "../definition/collection-definition.ts";
import { isExpired } from "../definition/member.ts";
import { StorageError } from "../errors/storage-error.ts";
import type { JsonValue } from "../values/json.ts";
import { versionOf } from "../values/version.ts";
import type { Draft } from "./draft.ts";
import { uniqueClaim } from "./unique-index.ts";

/**
 * Raises ALREADY_EXISTS.
 * @param constraint `key`, or the name of the unique constraint
 */
export function alreadyExists(
  definition: CollectionDefinition,
  key: string,
  constraint: string,
): StorageError {
  const what =
    constraint === "key"
      ? "a record with this key is there"
      : `another record has the same ${constraint}`;
  return new StorageError(
    "ALREADY_EXISTS",
    `collection "${definition.name}", key ${JSON.stringify(key)}: ${what}`,
    {
      collection: definition.name,
      constraint,
    },
  );
}

/**
 * Checks `ifVersion` against what is there.
 *
 * @throws StorageError VERSION_CONFLICT with the version found
 */
export function checkVersion(
  operation: {
    readonly collection: CollectionDefinition;
    readonly key: string;
    readonly ifVersion: string | undefined;
  },
  current: JsonValue | undefined,
): void {
  if (operation.ifVersion === undefined) return;
  const currentVersion = current === undefined ? undefined : versionOf(current);
  if (currentVersion === operation.ifVersion) return;
  const found = currentVersion === undefined ? "it is gone" : `it is now ${currentVersion}`;
  throw new StorageError(
    "VERSION_CONFLICT",
    `collection "${operation.collection.name}", key ${JSON.stringify(operation.key)}: ` +
      `the record is no longer of version ${operation.ifVersion}, ${found}`,
    {
      collection: operation.collection.name,
      ...(currentVersion === undefined ? {} : { currentVersion }),
    },
  );
}

/** Applies operations to a draft: their meaning, and the way of adapters that hold records in memory. */
class DraftWriter {
  private readonly draft: Draft;
  private readonly nowMs: number;
  private readonly removed: string[] = [];

  constructor(draft: Draft, nowMs: number) {
    this.draft = draft;
    this.nowMs = nowMs;
  }

  /** What is there for everyone: an expired record is removed on the way, so that a new one is new. */
  private current(key: string): JsonValue | undefined {
    const found = this.draft.get(key);
    if (found === undefined || !isExpired(this.draft.definition, found, this.nowMs)) return found;
    this.draft.remove(key, found);
    this.removed.push(key);
    return undefined;
  }

  /** What an operation did, with what had to go on the way. */
  private result(result: WriteResult): WriteResult {
    const { removed } = this;
    return removed.length === 0 ? result : { ...result, removed };
  }

  private checkUnique(key: string, value: JsonValue): void {
    const { definition } = this.draft;
    for (const constraint of definition.unique) {
      const claim = uniqueClaim(constraint, key, value);
      const owner = claim === undefined ? undefined : this.draft.owner(constraint, claim);
      if (owner === undefined || owner === key || this.current(owner) === undefined) continue;
      throw alreadyExists(definition, key, constraint.name);
    }
  }

  private set(key: string, value: JsonValue, current: JsonValue | undefined): void {
    this.checkUnique(key, value);
    this.draft.set(key, value, current);
  }

  put(operation: WriteOperation & { readonly type: "put" }): WriteResult {
    const current = this.current(operation.key);
    if (operation.insert && current !== undefined)
      throw alreadyExists(this.draft.definition, operation.key, "key");
    checkVersion(operation, current);
    this.set(operation.key, operation.value, current);
    return this.result({ count: 1 });
  }

  update(operation: WriteOperation & { readonly type: "update" }): WriteResult {
    const current = this.current(operation.key);
    checkVersion(operation, current);
    const value = operation.change(current);
    this.set(operation.key, value, current);
    return this.result({ count: 1, value });
  }

  delete(operation: WriteOperation & { readonly type: "delete" }): WriteResult {
    const current = this.current(operation.key);
    checkVersion(operation, current);
    if (current === undefined) return this.result({ count: 0 });
    this.draft.remove(operation.key, current);
    return { count: 1 };
  }

  clear(): WriteResult {
    const count = this.draft.size;
    this.draft.clear();
    return { count };
  }

  replaceAll(operation: WriteOperation & { readonly type: "replaceAll" }): WriteResult {
    const { entries } = operation;
    this.draft.clear();
    // Insertion puts the last of a `prepend` collection first, so go from the end.
    const inOrder = this.draft.definition.order === "prepend" ? entries.toReversed() : entries;
    for (const { key, value } of inOrder) this.set(key, value, undefined);
    return { count: entries.length };
  }

  deleteExpired(operation: WriteOperation & { readonly type: "deleteExpired" }): WriteResult {
    const { definition } = this.draft;
    const gone = [...this.draft.entries()].filter(({ value }) =>
      isExpired(definition, value, operation.atMs),
    );
    for (const { key, value } of gone) this.draft.remove(key, value);
    return { count: gone.length, removed: gone.map(({ key }) => key) };
  }
}

/** Whether an operation that is refused has changed nothing before: it needs no draft of its own. */
export function isRefusedWhole({ type, collection }: WriteOperation): boolean {
  // An expired record is removed on the way.
  return collection.expiry === undefined && ["put", "update", "delete"].includes(type);
}

/**
 * Applies one operation to a draft of its collection.
 *
 * @throws StorageError ALREADY_EXISTS, VERSION_CONFLICT, or what an update's `change` throws; the
 *   draft is then to be dropped
 */
export function applyOperation(
  draft: Draft,
  operation: WriteOperation,
  nowMs: number,
): WriteResult {
  const writer = new DraftWriter(draft, nowMs);
  switch (operation.type) {
    case "put":
      return writer.put(operation);
    case "update":
      return writer.update(operation);
    case "delete":
      return writer.delete(operation);
    case "clear":
      return writer.clear();
    case "replaceAll":
      return writer.replaceAll(operation);
    default:
      return writer.deleteExpired(operation);
  }
}
