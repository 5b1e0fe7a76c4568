import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Collection } from "@cutover/core";
import type { BenchmarkRecord } from "@cutover/fixtures";
import { contest, type Contestant } from "../contest.ts";
import { operationsOf } from "../effort.ts";
import { checkEqual, hopStage, type Hop } from "../hop/hop-stage.ts";
import { measureOf, type Measure } from "../measure.ts";
import type { RowContext } from "../row.ts";
import { median } from "../stats.ts";
import { writeDocument } from "../stores/app-json.ts";
import { changed, modelEntries, models, picker, type ModelEntry } from "../stores/models.ts";
import { openJson, openSqlite } from "../stores/ours.ts";
import { withOpened, type Keep } from "../with-opened.ts";

const names = {
  json: "the JSON backend alone",
  sqlite: "the SQLite backend alone",
  live: "cutover, SQLite in charge",
  shadow: "cutover, JSON in charge",
} as const;

interface Writers {
  readonly callers: number;
  readonly puts: number;
  readonly entryAt: (index: number) => ModelEntry;
}

/** The last number that was acknowledged of each key. */
type Acknowledged = Map<string, number>;

/** So many puts by so many callers, each of which awaits its own. No key comes twice. */
async function putAll(
  collection: Collection<BenchmarkRecord>,
  first: number,
  { callers, puts, entryAt }: Writers,
): Promise<Acknowledged> {
  let next = first;
  const acknowledged: Acknowledged = new Map();
  const caller = async (): Promise<void> => {
    while (next < first + puts) {
      const at = next++;
      const [key, value] = entryAt(at);
      const put = changed(value, at);
      await collection.put(key, put);
      acknowledged.set(key, put.size_bytes);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return acknowledged;
}

/** @throws Error where an acknowledged put is not what is there */
async function checkKept({ collection }: Hop, acknowledged: Acknowledged): Promise<void> {
  for (const [key, size] of acknowledged) {
    const found = (await collection.get(key))?.size_bytes;
    if (found !== size) throw new Error(`the last acknowledged put of ${key} was lost`);
  }
}

function storeAlone(
  name: string,
  collection: Collection<BenchmarkRecord>,
  writers: Writers,
): Contestant {
  return {
    name,
    asynchronous: true,
    operation: async (index) => {
      await putAll(collection, index * writers.puts, writers);
    },
  };
}

interface BothStores {
  readonly contestant: Contestant;
  readonly answeredMs: number[];
  readonly acknowledged: Acknowledged;
}

/** Both stores: over when the mirror has everything too. What callers waited for is kept apart. */
function bothStores(name: string, { collection, drained }: Hop, writers: Writers): BothStores {
  const answeredMs: number[] = [];
  const acknowledged: Acknowledged = new Map();
  const operation = async (index: number): Promise<void> => {
    const start = performance.now();
    const put = await putAll(collection, index * writers.puts, writers);
    answeredMs.push(performance.now() - start);
    for (const [key, size] of put) acknowledged.set(key, size);
    await drained();
  };
  return { contestant: { name, asynchronous: true, operation }, answeredMs, acknowledged };
}

function inMs(times: readonly number[]): string {
  return `${median(times).toFixed(0)} ms`;
}

async function measureKept(
  { folder, effort, note }: RowContext,
  callers: number,
  keep: Keep,
): Promise<Measure[]> {
  const entries = modelEntries(effort.records);
  // Callers at once share commits: so many puts that what the mirror lacks at the end is a small part.
  const puts = operationsOf(effort, 80) * Math.ceil(callers / 2);
  const writers = { callers, puts, entryAt: picker(entries) };
  const place = (name: string): string => join(folder, `${name}-${callers}`);
  await mkdir(place("alone"));
  await writeDocument(join(place("alone"), "models.json"), entries);
  const json = keep(await openJson(place("alone")));
  const sqlite = keep(await openSqlite(join(place("alone"), "models.db")));
  await sqlite.collection(models).replaceAll(entries);
  const liveHop = keep(await hopStage(place("put-live"), entries, "live"));
  const shadowHop = keep(await hopStage(place("put-shadow"), entries, "shadow"));
  const live = bothStores(names.live, liveHop, writers);
  const shadow = bothStores(names.shadow, shadowHop, writers);
  const timings = await contest(
    [
      storeAlone(names.json, json.collection(models), writers),
      live.contestant,
      shadow.contestant,
      storeAlone(names.sqlite, sqlite.collection(models), writers),
    ],
    { rounds: effort.rounds, operations: 1 },
  );
  await checkEqual(liveHop);
  await checkEqual(shadowHop);
  await checkKept(liveHop, live.acknowledged);
  await checkKept(shadowHop, shadow.acknowledged);
  const who = callers === 1 ? "one writer" : `${callers} callers`;
  note(
    `21, ${writers.puts} puts by ${who}: all answered after ${inMs(shadow.answeredMs)} in shadow, ` +
      `${inMs(live.answeredMs)} in live; the rest is the mirror's`,
  );
  return (["shadow", "live"] as const).map((stage) =>
    measureOf(timings, {
      row: "21",
      what: `dual run: ${writers.puts} durable puts, ${who}, both stores, ${stage}`,
      unit: "ms",
      ours: names[stage],
      target: { atLeast: 0.9 },
    }),
  );
}

/** The writes of row 21. */
export function measureDualPuts(context: RowContext, callers: number): Promise<Measure[]> {
  return withOpened((keep) => measureKept(context, callers, keep));
}
