const identifier = /^[a-z][a-z0-9_]{0,62}$/;

/** A name in snake_case: lower-case letters, digits and `_`; may still not be an identifier. */
export function snakeCase(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/[^A-Za-z0-9]+/g, "_")
    .replace(/^_+(?=[A-Za-z])/, "")
    .toLowerCase();
}

/**
 * An identifier for a name that no other one has yet, and takes it.
 * @param fallback - what to begin with where the name gives none, such as `field`
 */
export function freeIdentifier(name: string, taken: Set<string>, fallback: string): string {
  const wanted = snakeCase(name).replace(/_+$/, "").slice(0, 56);
  const base = identifier.test(wanted) ? wanted : identifierFrom(wanted, fallback);
  let free = base;
  for (let number = 2; taken.has(free); number += 1) free = `${base}_${number}`;
  taken.add(free);
  return free;
}

function identifierFrom(wanted: string, fallback: string): string {
  const joined = `${fallback}_${wanted}`.replace(/_+$/, "");
  return identifier.test(joined) ? joined : fallback;
}
