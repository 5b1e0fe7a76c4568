import { keysIn, type Store, valueIn, withRecord, without } from "./store.ts";

/** What a caller may ask for: a verb and its keys. `pair` puts two records in one transaction, `replace` everything. */
export type Operation =
  | "clear"
  | `${"delete" | "expire" | "pair" | "put" | "reinsert" | "replace"} ${string}`;

/** What an operation did to a store. */
export interface Effect {
  readonly store: Store;
  /** Keys that were removed, whether or not they came back. */
  readonly removed: string;
  /** Keys that are new, or new again: behind all others. */
  readonly inserted: string;
}

const everything = "*";
/** Stands for records that an expiry may remove without naming them. */
const sweep = "~";

const verbOf = (operation: Operation): string => operation.split(" ", 1).join("");

/** The keys that an operation names. */
export function keysOf(operation: Operation): string {
  return operation.slice(verbOf(operation).length + 1);
}

/** What it marks before it writes: keys, `*` for everything, `~` for what it will find expired. */
export function targetsOf(operation: Operation): string {
  const verb = verbOf(operation);
  if (verb === "expire") return sweep;
  return verb === "clear" || verb === "replace" ? everything : keysOf(operation);
}

function removedBy(operation: Operation, store: Store): string {
  const verb = verbOf(operation);
  if (verb === "clear" || verb === "replace") return keysIn(store);
  const removes = verb === "delete" || verb === "reinsert" || verb === "expire";
  return removes && valueIn(store, keysOf(operation)) !== undefined ? keysOf(operation) : "";
}

/** Does an operation to a store; `value` is what its puts put. */
export function done(operation: Operation, store: Store, value: string): Effect {
  const verb = verbOf(operation);
  const removed = removedBy(operation, store);
  let result = store;
  for (const key of removed) result = without(result, key);
  if (verb === "delete" || verb === "clear" || verb === "expire")
    return { store: result, removed, inserted: "" };
  let inserted = "";
  for (const key of keysOf(operation)) {
    if (valueIn(result, key) === undefined) inserted += key;
    result = withRecord(result, key, value);
  }
  return { store: result, removed, inserted };
}
