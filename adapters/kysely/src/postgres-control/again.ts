import { backOff } from "../driver/back-off.ts";
import { isConflict } from "./control-error.ts";

/** How long something is done again, in milliseconds. */
const patienceMs = 10_000;

/**
 * Does something again, after a random moment, as often as the server gives it up because of others.
 *
 * @param work changes nothing where it fails
 */
export async function again<T>(work: () => Promise<T>): Promise<T> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isConflict(error) || performance.now() > endMs) throw error;
      await backOff();
    }
  }
}
