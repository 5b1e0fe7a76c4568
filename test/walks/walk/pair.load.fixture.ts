import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { StorageBackend } from "@cutover/core";
import { cutoverBackend } from "@cutover/engine";
import { openPair, unit } from "./load-pair.ts";

export { collections } from "./load-pair.ts";

/** Where processes write down what their mirrors failed with. */
export const troubleFile = "trouble.log";

/** Opens both stores of a folder as one, as every process of an application does. */
export async function open(folder: string): Promise<StorageBackend> {
  const pair = await openPair(folder);
  return cutoverBackend({
    ...pair,
    units: [unit],
    closes: [pair],
    onMirrorTrouble: (_unit, trouble) => {
      if (trouble === undefined) return;
      appendFileSync(join(folder, troubleFile), `${trouble.code}: ${trouble.message}\n`);
    },
  });
}
