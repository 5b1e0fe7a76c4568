/**
 * Computes now and answers later: a call's values are copied when it is made, also where it has
 * to wait for its turn, and what is wrong with them is reported in that turn.
 *
 * @returns a function that returns what `compute` returned, or throws what it threw
 */
export function capture<T>(compute: () => T): () => T {
  try {
    const result = compute();
    return () => result;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
