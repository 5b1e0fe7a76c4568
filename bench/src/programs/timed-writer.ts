import { join } from "node:path";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { changed, modelEntries, models, type ModelEntry } from "../stores/models.ts";
import { openJson, openSqlite } from "../stores/ours.ts";
import { cellsOf, openDurable, upsertSql } from "../stores/raw-sqlite.ts";

/** What a writer tells when its time is over. */
export interface TimedReport {
  /** The last number that was acknowledged of each key. */
  readonly acknowledged: readonly (readonly [key: string, size: number])[];
  readonly puts: number;
  readonly failed: number;
  readonly longestPutMs: number;
  /** The longest for which nothing else in the process got its turn. */
  readonly longestBlockMs: number;
}

interface Store extends AsyncDisposable {
  readonly put: (entry: ModelEntry) => unknown;
}

const opened: Readonly<Record<string, (folder: string) => Promise<Store>>> = {
  raw: async (folder) => {
    const database = openDurable(join(folder, "raw.db"));
    const put = database.prepare(upsertSql);
    return {
      put: ([, value]) => put.run(cellsOf(value)),
      [Symbol.asyncDispose]: async () => void database.close(),
    };
  },
  sqlite: async (folder) => {
    const backend = await openSqlite(join(folder, "models.db"));
    const collection = backend.collection(models);
    return {
      put: ([key, value]) => collection.put(key, value),
      [Symbol.asyncDispose]: () => backend.close(),
    };
  },
  json: async (folder) => {
    const backend = await openJson(folder);
    const collection = backend.collection(models);
    return {
      put: ([key, value]) => collection.put(key, value),
      [Symbol.asyncDispose]: () => backend.close(),
    };
  },
};

const [way = "", folder = "", writer = "", ofWriters = "", records = "", ms = ""] =
  process.argv.slice(2);
const own = modelEntries(Number(records)).filter(
  (_, index) => index % Number(ofWriters) === Number(writer),
);
process.on("disconnect", () => process.exit(1));
const store = await opened[way]?.(folder);
if (store === undefined) throw new RangeError(`there is no way called ${way}`);
const go = new Promise<void>((resolve) => process.once("message", () => resolve()));
process.send?.("ready");
await go;
let longestBlockMs = 0;
let lastTurn = performance.now();
const watch = setInterval(() => {
  const now = performance.now();
  longestBlockMs = Math.max(longestBlockMs, now - lastTurn);
  lastTurn = now;
}, 1);
const acknowledged = new Map<string, number>();
let puts = 0;
let failed = 0;
let longestPutMs = 0;
// As long again before, so that code is compiled and nothing of it is counted.
const startsAt = performance.now() + Number(ms);
const endsAt = startsAt + Number(ms);
let isWarm = false;
for (let at = 0; performance.now() < endsAt; at++) {
  if (!isWarm && performance.now() >= startsAt) {
    isWarm = true;
    [puts, failed, longestPutMs, longestBlockMs] = [0, 0, 0, 0];
  }
  const [key, value] = own[(at * 7919) % own.length] ?? [];
  if (key === undefined || value === undefined) throw new Error("there are no records to put");
  const next = changed(value, at);
  const start = performance.now();
  try {
    await store.put([key, next]);
    acknowledged.set(key, next.size_bytes);
    puts++;
  } catch {
    // Told to the caller, so not lost; counted, because an application would have to cope.
    failed++;
  }
  longestPutMs = Math.max(longestPutMs, performance.now() - start);
  await turnOfTheLoop();
}
clearInterval(watch);
await store[Symbol.asyncDispose]();
const report: TimedReport = {
  acknowledged: [...acknowledged],
  puts,
  failed,
  longestPutMs,
  longestBlockMs,
};
process.send?.(report, () => {
  process.removeAllListeners("disconnect");
  process.disconnect();
});
