import { setTimeout as sleep } from "node:timers/promises";

/** How often something that moves is looked at again, and how long to wait in between. */
export interface Patience {
  /** Looks in all. Default: 10. */
  readonly looks: number;
  /** The first pause; each is twice the one before. Milliseconds. Default: 5. */
  readonly firstMs: number;
  /** The longest pause. Milliseconds. Default: 400. */
  readonly longestMs: number;
}

/** About two seconds in all: longer than a drain needs for what a writer has just left. */
export const defaultPatience: Patience = { looks: 10, firstMs: 5, longestMs: 400 };

/** Waits before look number `look`, counted from 0; not at all before the first. */
export async function pauseBefore(
  look: number,
  { firstMs, longestMs }: Patience,
  signal?: AbortSignal,
): Promise<void> {
  if (look === 0) return;
  const ms = Math.min(firstMs * 2 ** (look - 1), longestMs);
  await sleep(ms, undefined, signal === undefined ? {} : { signal });
}
