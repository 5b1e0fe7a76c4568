import {
  type CollectionOperations,
  type JsonObject,
  type JsonValue,
  sameValue,
  setMember,
} from "@cutover/core";
import { isBlank, storedObject } from "../records/stored-object.ts";
import { protectedMembers } from "./merge-model.ts";

/** How to take over the result of a scan. */
export interface ReconcileOptions {
  /**
   * `keep`: what the scan did not meet stays, and so do members that it does not know. `force`: what
   * it did not meet goes, unless it has a `user_url` or was written while the scan ran.
   */
  readonly mode: "keep" | "force";
  /** What the store held when the scan read it. */
  readonly before: ReadonlyMap<string, JsonValue>;
}

/** What became of the records. */
export interface ReconcileReport {
  readonly inserted: number;
  readonly updated: number;
  readonly removed: number;
  /** Records that were written while the scan ran, and keep what was written. */
  readonly kept: number;
}

const same = (left: JsonValue | undefined, right: JsonValue | undefined): boolean =>
  left === undefined || right === undefined ? left === right : sameValue(left, right);

/** The scan's members over the record's, but for those that somebody else changed meanwhile. */
function changedMembers(
  current: JsonObject,
  before: JsonObject | undefined,
  scanned: JsonObject,
): JsonObject {
  const merged: Record<string, JsonValue> = { ...current };
  for (const [member, value] of Object.entries(scanned)) {
    const isTheirs = !same(current[member], before?.[member]);
    const isProtected = protectedMembers.includes(member) && !isBlank(current[member]);
    if (!isTheirs && !isProtected) setMember(merged, member, value);
  }
  return merged;
}

/** The scan's record as it is, with what a user wrote. */
function rebuilt(current: JsonObject, scanned: JsonObject): JsonObject {
  const kept = protectedMembers.flatMap((member) => {
    const value = current[member];
    return value !== undefined && !isBlank(value) ? [[member, value] as const] : [];
  });
  return { ...scanned, ...Object.fromEntries(kept) };
}

class Reconciliation {
  readonly #models: CollectionOperations;
  readonly #options: ReconcileOptions;
  readonly #puts: [string, JsonObject][] = [];
  readonly #deletes: string[] = [];
  #inserted = 0;
  #kept = 0;

  constructor(models: CollectionOperations, options: ReconcileOptions) {
    this.#models = models;
    this.#options = options;
  }

  async run(scanned: ReadonlyMap<string, JsonObject>): Promise<ReconcileReport> {
    const stored = await this.#models.find();
    const current = new Map(stored.map(({ key, value }) => [key, value]));
    for (const [key, record] of scanned) this.#take(key, current.get(key), record);
    if (this.#options.mode === "force") this.#forget(current, scanned);
    await this.#models.deleteMany(this.#deletes);
    await this.#models.putMany(this.#puts);
    return {
      inserted: this.#inserted,
      updated: this.#puts.length - this.#inserted,
      removed: this.#deletes.length,
      kept: this.#kept,
    };
  }

  #take(key: string, value: JsonValue | undefined, scanned: JsonObject): void {
    const place = { store: this.#models.definition.name, key };
    const current = storedObject(value, place);
    const before = this.#options.before.get(key);
    if (current === undefined) {
      // Deleted while the scan ran, and not to come back.
      if (before !== undefined) this.#kept += 1;
      else this.#insert(key, scanned);
      return;
    }
    const isUntouched = same(current, before);
    if (!isUntouched) this.#kept += 1;
    const next =
      this.#options.mode === "force" && isUntouched
        ? rebuilt(current, scanned)
        : changedMembers(current, storedObject(before, place), scanned);
    if (!sameValue(current, next)) this.#puts.push([key, next]);
  }

  #insert(key: string, scanned: JsonObject): void {
    this.#inserted += 1;
    this.#puts.push([key, scanned]);
  }

  #forget(current: ReadonlyMap<string, JsonValue>, scanned: ReadonlyMap<string, JsonObject>): void {
    for (const [key, value] of current) {
      if (scanned.has(key)) continue;
      const record = storedObject(value, { store: this.#models.definition.name, key });
      const isUsers = protectedMembers.some((member) => !isBlank(record?.[member]));
      if (!same(value, this.#options.before.get(key))) this.#kept += 1;
      else if (!isUsers) this.#deletes.push(key);
    }
  }
}

/** Takes over the result of a scan; to be called inside a transaction. */
export function reconcileModels(
  models: CollectionOperations,
  scanned: ReadonlyMap<string, JsonObject>,
  options: ReconcileOptions,
): Promise<ReconcileReport> {
  return new Reconciliation(models, options).run(scanned);
}
