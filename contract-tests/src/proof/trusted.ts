// Some values come from where their type cannot be seen (another process of ours, JSON.parse of our
// own text), others are wrong on purpose. These are the places where they are taken as they are.
/* oxlint-disable typescript/no-unsafe-type-assertion, typescript/no-unnecessary-type-parameters */

/** A value of ours, as the type that its maker in this package gave it. */
export function trusted<T>(value: unknown): T {
  return value as T;
}

/** What the types forbid, for clauses about what happens when it is done all the same. */
export function untyped(value: unknown): never {
  return value as never;
}
