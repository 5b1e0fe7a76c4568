import type { ControlStore } from "@cutover/core";
import { drainLock } from "../drain/unit-drain.ts";
import type { Unit } from "./unit.ts";

/** How long others are waited for who change a unit's mirror, in milliseconds. */
const defaultTimeoutMs = 30_000;

/** How somebody waits for a turn. */
export interface TurnOptions {
  /** Default: 30,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /**
   * What the mirror was told last and has not landed, if anything: the turn ends after that, for
   * nobody else may tell the mirror anything before. Default: nothing.
   */
  readonly landing?: () => Promise<unknown> | undefined;
}

/**
 * Runs something while nobody else changes a unit's mirror, or its stage.
 * @throws StorageError LOCK_TIMEOUT; what the work throws
 */
export async function inDrainTurn<T>(
  control: ControlStore,
  { name }: Unit,
  { timeoutMs = defaultTimeoutMs, signal, landing }: TurnOptions,
  work: () => Promise<T>,
): Promise<T> {
  const lock = await control.lock(drainLock(name), "exclusive", { timeoutMs, signal });
  try {
    return await work();
  } finally {
    const rest = landing?.();
    if (rest === undefined) lock.release();
    else void rest.then(() => lock.release());
  }
}
