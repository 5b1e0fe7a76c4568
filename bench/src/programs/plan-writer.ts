import { download } from "../plan/collections.ts";
import { openWay, ways } from "../plan/plan-store.ts";

/** What a writer tells when it is done. */
export interface WriterReport {
  /** Names whose writing was acknowledged. */
  readonly acknowledged: readonly string[];
  readonly ms: number;
}

const [wanted, folder = "", writer = "", writes = ""] = process.argv.slice(2);
const way = ways.find((name) => name === wanted);
if (way === undefined) throw new RangeError(`there is no way called ${wanted}`);
const store = await openWay(way, folder);
try {
  process.send?.("ready");
  await new Promise<void>((resolve) => process.once("message", () => resolve()));
  const acknowledged: string[] = [];
  const start = performance.now();
  for (let index = 0; index < Number(writes); index++) {
    const name = `writer_${writer}_${index}.safetensors`;
    try {
      await store.addDownload(download(name));
      acknowledged.push(name);
    } catch {
      // A write that fails is told to the caller; it is no loss, and it is not counted as kept.
    }
  }
  const report: WriterReport = { acknowledged, ms: performance.now() - start };
  process.send?.(report);
  process.disconnect?.();
} finally {
  await store[Symbol.asyncDispose]();
}
