/** Records oldest first, two characters each: a letter for the key, a digit for the value. `a0b1`. */
export type Store = string;

/** The value of a key; undefined: absent. */
export function valueIn(store: Store, key: string): string | undefined {
  const at = store.indexOf(key);
  return at < 0 ? undefined : store.charAt(at + 1);
}

/** All keys, oldest first. */
export function keysIn(store: Store): string {
  return store.replaceAll(/\d/g, "");
}

/** Removes a record, if it is there. */
export function without(store: Store, key: string): Store {
  const at = store.indexOf(key);
  return at < 0 ? store : store.slice(0, at) + store.slice(at + 2);
}

/** Puts a record in its place, or behind all others when it is new. */
export function withRecord(store: Store, key: string, value: string): Store {
  const at = store.indexOf(key);
  return at < 0 ? store + key + value : store.slice(0, at + 1) + value + store.slice(at + 2);
}

/** `-a`: removed. `=a1`: put in its place. `>a1`: put behind all others, even if it is there. */
export type Change = string;

/** Makes records so, in sequence, all at once: what `Replica.apply` does. */
export function applied(store: Store, changes: readonly Change[]): Store {
  let result = store;
  for (const change of changes) {
    const key = change.charAt(1);
    const how = change.charAt(0);
    if (how !== "=") result = without(result, key);
    if (how !== "-") result = withRecord(result, key, change.charAt(2));
  }
  return result;
}
