import { rm } from "node:fs/promises";
import type { Timing } from "../contest.ts";
import type { Effort } from "../effort.ts";
import { growthContest } from "../growth/growth-contests.ts";
import { growthStage } from "../growth/growth-stage.ts";
import { openedStores } from "../growth/opened.ts";
import { measureOf, type GrowthPoint, type Measure } from "../measure.ts";
import { confKind } from "../peers/conf-kind.ts";
import { keyvKind } from "../peers/keyv-kind.ts";
import { levelKind } from "../peers/level-kind.ts";
import { lmdbKind } from "../peers/lmdb-kind.ts";
import { lowKind } from "../peers/low-kind.ts";
import { nedbKind } from "../peers/nedb-kind.ts";
import { unstorageFilesKind } from "../peers/unstorage-kinds.ts";
import type { Row } from "../row.ts";
import { ourJsonKind, ourSqliteKind } from "../stores/our-kinds.ts";
import { rawKind } from "../stores/raw-kind.ts";
import type { StoreKind } from "../stores/store-kind.ts";

const sqliteOnly = [rawKind, ourSqliteKind];
const all = [
  ...sqliteOnly,
  ourJsonKind,
  keyvKind,
  lmdbKind,
  levelKind,
  nedbKind,
  lowKind,
  confKind,
];
/** More files than this take minutes to write and to remove. */
const mostFiles = 10_000;
const mostRounds = 7;

interface Size {
  readonly records: number;
  readonly kinds: readonly StoreKind[];
}

function sizesOf({ growth, growthOfSqlite }: Effort): Size[] {
  const sizes = growth.map((records) => ({
    records,
    kinds: records <= mostFiles ? [...all, unstorageFilesKind] : all,
  }));
  return growthOfSqlite === undefined
    ? sizes
    : [...sizes, { records: growthOfSqlite, kinds: sqliteOnly }];
}

const texts: Readonly<Record<GrowthPoint["quantity"], string>> = {
  get: "get",
  put: "put",
  query: "filtered query of 50 records",
  open: "opening in a new process, first get",
  memory: "the same, peak memory of the process",
};

function grownMeasure(timings: readonly Timing[], growth: GrowthPoint): Measure {
  const measure = measureOf(timings, {
    row: "growth",
    what: `${texts[growth.quantity]}, ${growth.records} records`,
    unit: growth.quantity === "open" ? "ms" : "µs",
    form: growth.quantity === "memory" ? "cost" : "speed",
    ours: ourSqliteKind.name,
    target: { none: true },
  });
  return { ...measure, growth, ...(growth.quantity === "memory" ? { unit: "MB" as const } : {}) };
}

async function measureSize(folder: string, effort: Effort, size: Size): Promise<Measure[]> {
  const { records, kinds } = size;
  const rounds = Math.min(mostRounds, effort.rounds);
  const stage = await growthStage(folder, kinds, records);
  const measures: Measure[] = [];
  try {
    for (const quantity of ["get", "put", "query"] as const) {
      const timings = await growthContest(stage, quantity, rounds);
      measures.push(grownMeasure(timings, { quantity, records }));
    }
  } finally {
    for (const { store } of stage.stores) await store.close();
  }
  const { open, memory } = openedStores(stage, Math.min(3, effort.rounds));
  measures.push(grownMeasure(open, { quantity: "open", records }));
  measures.push(grownMeasure(memory, { quantity: "memory", records }));
  for (const grown of stage.stores) await rm(grown.folder, { recursive: true });
  return measures;
}

/** How all of it grows with the number of records. */
export const growthRow: Row = {
  id: "growth",
  title: "Growth with the number of records",
  fullOnly: true,
  async run({ folder, effort }) {
    const measures: Measure[] = [];
    for (const size of sizesOf(effort)) {
      measures.push(...(await measureSize(folder, effort, size)));
    }
    return measures;
  },
};
