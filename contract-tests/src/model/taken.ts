// What the generators pair up fits together, and what a type system cannot follow is marked here.
/* oxlint-disable typescript/no-unsafe-type-assertion, typescript/no-unnecessary-type-parameters */

/** Takes a value for what its maker says it is. */
export function taken<T>(value: unknown): T {
  return value as T;
}
