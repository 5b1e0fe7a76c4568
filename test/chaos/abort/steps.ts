import { createHook } from "node:async_hooks";

/** What came of work that was watched step by step. */
export interface Watched<T> {
  readonly outcome: PromiseSettledResult<T>;
  /** In how many steps this process did it, other things that it did meanwhile among them. */
  readonly steps: number;
}

/**
 * Does something between two steps of some work. The first step is the call itself, each other one
 * what this process did next: what comes after an await, a callback of the system, a tick, a timer,
 * an immediate. Every await lies between two of them, so that all n together reach every one.
 * @param act must not throw
 * @param nth after which step; 0 is before the call
 */
export async function actAfterStep<T>(
  nth: number,
  act: () => void,
  work: () => Promise<T>,
): Promise<Watched<T>> {
  let steps = 0;
  let isActing = false;
  const ended = (): void => {
    // What the act itself sets going comes later.
    if (isActing) return;
    steps += 1;
    if (steps !== nth) return;
    isActing = true;
    act();
    isActing = false;
  };
  // Before a timer's callback would do as well, but Node does not bear that it is cleared there.
  const hook = createHook({ after: ended });
  if (nth === 0) act();
  hook.enable();
  const working = work();
  ended();
  const [outcome] = await Promise.allSettled([working]);
  hook.disable();
  return { outcome, steps };
}
