import type { StorageBackend } from "@cutover/core";
import { cutoverBackend } from "@cutover/engine";
import { unit } from "../walk/load-pair.ts";
import { openRowLockPair } from "./row-lock-pair.ts";

export { collections } from "../walk/load-pair.ts";

/** Opens both stores of a hop as one, as every process of an application does. */
export async function open(place: string): Promise<StorageBackend> {
  const pair = await openRowLockPair(JSON.parse(place));
  return cutoverBackend({ ...pair, units: [unit], closes: [pair] });
}
