/**
 * Ends one thing after another, also behind one that fails: what is left open would hold its files
 * until the process ends.
 *
 * @throws what the first one that failed did
 */
export async function closeAll(ends: readonly (() => PromiseLike<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const end of ends) {
    try {
      await end();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
