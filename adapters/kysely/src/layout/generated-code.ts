import type { Slot } from "./column.ts";

/** What generated code calls: what a layout's slots bring along, by their place. */
type Surroundings = Readonly<Record<string, unknown>>;

/** The name of a member, quoted as source. */
export const nameOf = ({ member }: Slot): string => JSON.stringify(member);

/** False where straight code cannot treat all members alike: `__proto__` names the prototype. */
export function isGeneratable(slots: readonly Slot[]): boolean {
  return slots.every(({ member }) => member !== "__proto__");
}

/**
 * Makes a value of generated source: straight code is several times as fast as a loop over slots.
 * Only numbers, and names in quotes, may be put into the source.
 *
 * @param body of a function whose parameters are the names of `surroundings`
 * @returns what the body returns; undefined where code must not be generated from strings
 */
export function generated(body: string, surroundings: Surroundings): unknown {
  try {
    // oxlint-disable-next-line typescript/no-implied-eval, no-new-func
    const create = new Function(...Object.keys(surroundings), `"use strict"; ${body}`);
    const value: unknown = create(...Object.values(surroundings));
    return value;
  } catch (error) {
    // Thrown under --disallow-code-generation-from-strings.
    if (error instanceof EvalError) return undefined;
    throw error;
  }
}
