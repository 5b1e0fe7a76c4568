import { openHop } from "../hop/hop-stage.ts";
import { changed, modelEntries, models } from "../stores/models.ts";

/** What a writer tells when it has ended. */
export interface HopWriterReport {
  /** The last number that was acknowledged of each key. */
  readonly acknowledged: readonly (readonly [key: string, size: number])[];
  readonly puts: number;
  /** The longest that a put took, in milliseconds. */
  readonly longestMs: number;
}

/** Nobody lets a writer go on for longer, whatever becomes of the program that started it. */
const mostMs = 120_000;

const [folder = "", writer = "", ofWriters = "", records = ""] = process.argv.slice(2);
// Its own keys: what it was promised last is what has to be there.
const own = modelEntries(Number(records)).filter(
  (_, index) => index % Number(ofWriters) === Number(writer),
);
const ending = new AbortController();
const end = (): void => {
  ending.abort();
};
process.on("message", end);
process.on("disconnect", end);
const hop = await openHop(folder);
const collection = hop.storage.collection(models);
const acknowledged = new Map<string, number>();
let longestMs = 0;
let puts = 0;
process.send?.("ready");
const endsAt = performance.now() + mostMs;
while (!ending.signal.aborted && performance.now() < endsAt) {
  const [key, value] = own[(puts * 7919) % own.length] ?? [];
  if (key === undefined || value === undefined) throw new Error("there are no records to put");
  const next = changed(value, puts);
  const start = performance.now();
  await collection.put(key, next);
  longestMs = Math.max(longestMs, performance.now() - start);
  acknowledged.set(key, next.size_bytes);
  puts++;
}
await hop[Symbol.asyncDispose]();
const report: HopWriterReport = { acknowledged: [...acknowledged], puts, longestMs };
if (process.connected) process.send?.(report, () => process.disconnect());
