import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contest, type Contestant, type Timing } from "./contest.ts";
import { median } from "./stats.ts";
import { download, hashOf, someModels } from "./plan/collections.ts";
import {
  concurrentWrites,
  type ConcurrentWrites,
  type WritersOptions,
} from "./plan/concurrent-writes.ts";
import { fillWays, type PlanSize } from "./plan/fill.ts";
import { openWay, ways, type PlanStore, type Way } from "./plan/plan-store.ts";

/** One figure per way to store the data, in milliseconds. */
export type WayFigures = Readonly<Record<Way, number>>;

/** A row of the migration plan's table "Performance Comparison", with what was measured. */
export interface PlanRow {
  /** As the plan names it. */
  readonly operation: string;
  /** What exactly was measured. */
  readonly detail: string;
  /** The plan's estimates, word for word. */
  readonly estimate: { readonly json: string; readonly sqlite: string };
  /** The upper end of the plan's estimate for SQLite, in milliseconds, where it gives one. */
  readonly estimateMs: number | undefined;
  /** Median of one operation. `app`: the application's own way; `json`, `sqlite`: our backends. */
  readonly ms: WayFigures;
  /** What became of concurrent writes; undefined for the other rows. */
  readonly writes: Readonly<Record<Way, ConcurrentWrites>> | undefined;
}

/** What {@link planRows} accepts. */
export interface PlanRowsOptions {
  /** Rounds; in each, all ways have their turn. Default: 5. */
  readonly rounds?: number;
  /** Default: 10,000 models, as the plan says, and 1,000 downloads. */
  readonly size?: PlanSize;
  /** Who writes at once. Default: two processes, 20 writes each. */
  readonly writers?: WritersOptions;
  /** Where to measure; made and removed inside of it. Default: the system's temporary folder. */
  readonly folder?: string;
}

interface Operation {
  readonly operation: string;
  readonly detail: (size: PlanSize) => string;
  readonly estimate: PlanRow["estimate"];
  readonly estimateMs: number;
  /** Operations a turn: our ways are too fast to be timed once, the application's too slow often. */
  readonly operations: Readonly<Record<Way, number>>;
  readonly run: (
    store: PlanStore,
    context: { index: number; hashes: readonly string[] },
  ) => unknown;
}

const words = ["portrait turbo", "sketch canny", "motion grain", "depth refiner"] as const;

const timed: readonly Operation[] = [
  {
    operation: "Load all settings",
    detail: () => "5 settings",
    estimate: { json: "5-10ms", sqlite: "1-2ms" },
    estimateMs: 2,
    operations: { app: 50, json: 500, sqlite: 500 },
    run: (store) => store.loadSettings(),
  },
  {
    operation: "Find model by hash",
    detail: ({ models }) => `${models} models, the hash has an index in SQLite`,
    estimate: { json: "100-500ms", sqlite: "1-5ms" },
    estimateMs: 5,
    operations: { app: 2, json: 5, sqlite: 500 },
    run: (store, { index, hashes }) =>
      store.findByHash(hashes[(index * 7919) % hashes.length] ?? ""),
  },
  {
    operation: "Add download history",
    detail: ({ downloads }) => `to ${downloads} downloads; ours durable, the app's not`,
    estimate: { json: "50-100ms", sqlite: "1-2ms" },
    estimateMs: 2,
    operations: { app: 10, json: 10, sqlite: 50 },
    run: (store, { index }) => store.addDownload(download(`new_${index}.safetensors`)),
  },
  {
    operation: "Search metadata (10k entries)",
    detail: ({ models }) => `two words in name or description of ${models} models, 50 results`,
    estimate: { json: "500ms+", sqlite: "5-20ms" },
    estimateMs: 20,
    operations: { app: 2, json: 2, sqlite: 20 },
    run: (store, { index }) => store.search(words[index % words.length] ?? ""),
  },
];

type Stores = Readonly<Record<Way, PlanStore>>;

async function checkAgreement(stores: Stores, hashes: readonly string[]): Promise<void> {
  const answers = async (store: PlanStore): Promise<string> =>
    JSON.stringify([
      await store.loadSettings(),
      await store.findByHash(hashes[hashes.length >> 1] ?? ""),
      await store.search(words[0]),
      (await store.downloads()).length,
    ]);
  const expected = await answers(stores.app);
  for (const way of ways) {
    if ((await answers(stores[way])) === expected) continue;
    throw new Error(`"${way}" answers otherwise than the application's own way`);
  }
}

function medianMs(timings: readonly Timing[], way: Way): number {
  const timing = timings.find(({ name }) => name === way);
  return timing === undefined ? NaN : median(timing.rounds) / 1000;
}

function figuresOf(figure: (way: Way) => number): WayFigures {
  return { app: figure("app"), json: figure("json"), sqlite: figure("sqlite") };
}

interface MeasureContext {
  readonly rounds: number;
  readonly size: PlanSize;
  readonly hashes: readonly string[];
}

async function measureOperation(
  operation: Operation,
  stores: Stores,
  { rounds, size, hashes }: MeasureContext,
): Promise<PlanRow> {
  const contestants = ways.map((way): Contestant => ({
    name: way,
    asynchronous: true,
    operations: operation.operations[way],
    operation: (index) => operation.run(stores[way], { index, hashes }),
  }));
  const timings = await contest(contestants, { rounds, operations: 1 });
  return {
    operation: operation.operation,
    detail: operation.detail(size),
    estimate: operation.estimate,
    estimateMs: operation.estimateMs,
    ms: figuresOf((way) => medianMs(timings, way)),
    writes: undefined,
  };
}

async function measureWriters(root: string, writers: WritersOptions): Promise<PlanRow> {
  const outcome = async (way: Way): Promise<ConcurrentWrites> =>
    concurrentWrites(way, join(root, way), writers);
  const writes = {
    app: await outcome("app"),
    json: await outcome("json"),
    sqlite: await outcome("sqlite"),
  };
  return {
    operation: "Concurrent writes",
    detail: `${writers.processes} processes add ${writers.writes} downloads each, at once`,
    estimate: { json: "Fails/corrupts", sqlite: "Works" },
    estimateMs: undefined,
    ms: figuresOf((way) => writes[way].ms),
    writes,
  };
}

/**
 * Measures the plan's own table on both backends, next to its estimates and to the application's
 * way (in Node: read and parse the file, print and write it). All ways hold the same data and are
 * checked to give the same answers first.
 *
 * @returns the plan's five rows, in its order
 * @throws Error when the ways do not give the same answers
 */
export async function planRows(options: PlanRowsOptions = {}): Promise<PlanRow[]> {
  const { rounds = 5, size = { models: 10_000, downloads: 1000 }, folder = tmpdir() } = options;
  const writers = options.writers ?? { processes: 2, writes: 20 };
  const root = await mkdtemp(join(folder, "cutover-plan-"));
  try {
    await fillWays(root, size);
    const rows: PlanRow[] = [];
    {
      const app = await openWay("app", join(root, "app"));
      try {
        const json = await openWay("json", join(root, "json"));
        try {
          const sqlite = await openWay("sqlite", join(root, "sqlite"));
          try {
            const stores = { app, json, sqlite };
            const hashes = someModels(size.models).map(({ filename }) => hashOf(filename));
            await checkAgreement(stores, hashes);
            for (const operation of timed) {
              rows.push(await measureOperation(operation, stores, { rounds, size, hashes }));
            }
          } finally {
            await sqlite[Symbol.asyncDispose]();
          }
        } finally {
          await json[Symbol.asyncDispose]();
        }
      } finally {
        await app[Symbol.asyncDispose]();
      }
    }
    rows.push(await measureWriters(root, writers));
    return rows;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
