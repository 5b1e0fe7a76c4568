import type { StorageBackend } from "@cutover/core";
import { cutoverBackend } from "@cutover/engine";
import { unit } from "./load-pair.ts";
import { openServerPair } from "./server-pair.ts";

export { collections } from "./load-pair.ts";

/** Opens both stores of a server as one, as every process of an application does. */
export async function open(connectionString: string): Promise<StorageBackend> {
  const pair = await openServerPair(connectionString);
  return cutoverBackend({ ...pair, units: [unit], closes: [pair] });
}
