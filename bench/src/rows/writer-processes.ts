import { join } from "node:path";
import type { Collection } from "@cutover/core";
import type { BenchmarkRecord } from "@cutover/fixtures";
import type { Timing } from "../contest.ts";
import { operationsOf, type Effort } from "../effort.ts";
import { isMet, measureOf, type Measure } from "../measure.ts";
import type { TimedReport } from "../programs/timed-writer.ts";
import { microsecondsAPut, runTimedWriters } from "../programs/timed-writers.ts";
import type { Row, RowContext } from "../row.ts";
import { median } from "../stats.ts";
import { writeDocument } from "../stores/app-json.ts";
import { modelEntries, models } from "../stores/models.ts";
import { openJson, openSqlite } from "../stores/ours.ts";
import { rawDatabase } from "../stores/raw-sqlite.ts";
import { withOpened, type Keep } from "../with-opened.ts";

const processes = 4;

function roundsOf({ rounds }: Effort): number {
  return Math.min(5, Math.ceil(rounds / 3));
}

/** In less, the event loop of a process may not have turned once. */
const leastMs = 200;

function millisecondsOf(effort: Effort, full: number): number {
  return Math.max(leastMs, operationsOf(effort, full));
}

function timing(name: string): Timing {
  return { name, rounds: [], slowest: [] };
}

/** @throws Error where what was promised last of a record is not what it is now */
async function checkKept(
  collection: Collection<BenchmarkRecord>,
  reports: readonly TimedReport[],
): Promise<void> {
  for (const { acknowledged } of reports) {
    for (const [key, size] of acknowledged) {
      const found = (await collection.get(key))?.size_bytes;
      if (found !== size) throw new Error(`the last acknowledged put of ${key} was lost`);
    }
  }
}

function most(reports: readonly TimedReport[], what: "longestBlockMs" | "longestPutMs"): number {
  return Math.max(...reports.map((report) => report[what]));
}

function countOf(reports: readonly TimedReport[], what: "puts" | "failed"): number {
  return reports.reduce((sum, report) => sum + report[what], 0);
}

/** The unluckiest process against the luckiest. */
function shareOf(reports: readonly TimedReport[]): number {
  const puts = reports.map((report) => report.puts);
  return Math.min(...puts) / Math.max(...puts);
}

interface Figure {
  readonly row: string;
  readonly what: string;
  readonly floorName: string;
  readonly floor: number;
  readonly ours: number;
  readonly withinMs: number;
}

function worstMeasure({ withinMs, floor, ours, ...rest }: Figure): Measure {
  return {
    ...rest,
    floor,
    ours,
    unit: "ms",
    ratio: ours / floor,
    form: "cost",
    target: { withinMs },
    met: ours <= withinMs,
    spread: undefined,
    peers: [],
  };
}

function fairness(ours: readonly TimedReport[][]): Measure {
  const target = { atLeast: 0.5 };
  const ratio = median(ours.map(shareOf));
  const putsOf = (pick: (puts: number[]) => number): number =>
    1_000_000 / median(ours.map((reports) => pick(reports.map(({ puts }) => puts))));
  return {
    row: "13",
    what: "the same, the unluckiest process against the luckiest",
    unit: "µs",
    floorName: "the luckiest process",
    floor: putsOf((puts) => Math.max(...puts)),
    ours: putsOf((puts) => Math.max(1, Math.min(...puts))),
    ratio,
    form: "speed",
    target,
    met: isMet(target, ratio),
    spread: undefined,
    peers: [],
  };
}

async function measureSqlite({ folder, effort, note }: RowContext, keep: Keep): Promise<Measure[]> {
  const { records } = effort;
  const entries = modelEntries(records);
  const ms = millisecondsOf(effort, 1500);
  rawDatabase(join(folder, "raw.db"), entries).close();
  const backend = keep(await openSqlite(join(folder, "models.db")));
  const collection = backend.collection(models);
  await collection.replaceAll(entries);
  const floor = timing("better-sqlite3, prepared upsert, as many processes");
  const ours = timing("cutover");
  const rawReports: TimedReport[][] = [];
  const ourReports: TimedReport[][] = [];
  for (let round = 0; round < roundsOf(effort); round++) {
    const raw = await runTimedWriters({ way: "raw", folder, processes, records, ms });
    const own = await runTimedWriters({ way: "sqlite", folder, processes, records, ms });
    await checkKept(collection, own);
    floor.rounds.push(microsecondsAPut(raw, ms));
    ours.rounds.push(microsecondsAPut(own, ms));
    rawReports.push(raw);
    ourReports.push(own);
  }
  const all = ourReports.flat();
  note(
    `13: of ${countOf(all, "puts") + countOf(all, "failed")} puts ${countOf(all, "failed")} ` +
      `failed, none was lost; of better-sqlite3's ${countOf(rawReports.flat(), "failed")} failed, and ` +
      `its unluckiest process made ${(100 * median(rawReports.map(shareOf))).toFixed(0)} % of the ` +
      "puts of its luckiest",
  );
  return [
    measureOf([floor, ours], {
      row: "13",
      what: `${processes} processes, durable puts of all together`,
      target: { atLeast: 0.85 },
    }),
    worstMeasure({
      row: "13",
      what: "the same, longest for which a process's event loop stood still",
      floorName: floor.name,
      floor: most(rawReports.flat(), "longestBlockMs"),
      ours: most(all, "longestBlockMs"),
      withinMs: 20,
    }),
    fairness(ourReports),
  ];
}

/** Row 13: several processes write the same database. */
export const writerProcessesRow: Row = {
  id: "13",
  title: "SQLite: writer processes",
  run: (context) => withOpened((keep) => measureSqlite(context, keep)),
};

async function measureJson({ folder, effort, note }: RowContext, keep: Keep): Promise<Measure[]> {
  const records = Math.max(processes, Math.ceil(effort.records / 10));
  await writeDocument(join(folder, "models.json"), modelEntries(records));
  const ms = millisecondsOf(effort, 1500);
  const backend = keep(await openJson(folder));
  const collection = backend.collection(models);
  const floor = timing("one process");
  const ours = timing("cutover");
  const alone: TimedReport[] = [];
  const together: TimedReport[] = [];
  for (let round = 0; round < roundsOf(effort); round++) {
    const one = await runTimedWriters({ way: "json", folder, processes: 1, records, ms });
    const four = await runTimedWriters({ way: "json", folder, processes, records, ms });
    await checkKept(collection, four);
    floor.rounds.push(microsecondsAPut(one, ms));
    ours.rounds.push(microsecondsAPut(four, ms));
    alone.push(...one);
    together.push(...four);
  }
  note(
    `20: of ${countOf(together, "puts") + countOf(together, "failed")} puts ` +
      `${countOf(together, "failed")} failed, none was lost`,
  );
  return [
    measureOf([floor, ours], {
      row: "20",
      what: `JSON, ${processes} processes, ${records} records, puts of all together`,
      target: { atLeast: 0.6 },
    }),
    worstMeasure({
      row: "20",
      what: "the same, the longest put",
      floorName: floor.name,
      floor: most(alone, "longestPutMs"),
      ours: most(together, "longestPutMs"),
      withinMs: 500,
    }),
  ];
}

/** Row 20: several processes write the same JSON file. */
export const jsonProcessesRow: Row = {
  id: "20",
  title: "JSON: writer processes",
  run: (context) => withOpened((keep) => measureJson(context, keep)),
};
