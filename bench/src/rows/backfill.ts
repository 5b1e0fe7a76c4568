import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Timing } from "../contest.ts";
import type { Effort } from "../effort.ts";
import { measureOf, type Measure } from "../measure.ts";
import type { ProgramReport } from "../programs/report.ts";
import { runProgram } from "../programs/run-program.ts";
import type { Row } from "../row.ts";
import { median } from "../stats.ts";
import { writeDocument } from "../stores/app-json.ts";
import { modelEntries } from "../stores/models.ts";

const names = { offline: "the offline migration's copy", ours: "cutover" } as const;
/** A throttled copy is given so many seconds. */
const throttledSeconds = 2;

type RunOne = (source: string, folder: string) => ProgramReport | Promise<ProgramReport>;

const migrate: RunOne = (source, folder) =>
  runProgram("migrate-ours", [source, join(folder, "target.db")]);

async function backfill(
  source: string,
  folder: string,
  recordsPerSecond?: number,
): Promise<ProgramReport> {
  await copyFile(source, join(folder, "models.json"));
  const rate = recordsPerSecond === undefined ? [] : [String(recordsPerSecond)];
  return runProgram("backfill", [folder, ...rate]);
}

async function inFolder(parent: string, source: string, run: RunOne): Promise<ProgramReport> {
  const folder = join(parent, "run");
  await mkdir(folder);
  try {
    return await run(source, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function checkRecords({ records }: ProgramReport, expected: number): void {
  if (records !== expected) throw new Error(`of ${expected} records ${records} were copied`);
}

/** The rate it was given, against how long it took. Faster would be as wrong as slower. */
async function measureThrottled(parent: string, records: number): Promise<Measure> {
  const source = join(parent, "throttled.json");
  await writeDocument(source, modelEntries(records));
  const rate = Math.max(1, Math.round(records / throttledSeconds));
  const report = await inFolder(parent, source, (from, folder) => backfill(from, folder, rate));
  checkRecords(report, records);
  const due = (records / rate) * 1000;
  const ratio = report.ms / due;
  const target = { atMost: 1.05 };
  return {
    row: "backfill",
    what: `backfill of ${records} records at ${rate} a second`,
    unit: "ms",
    floorName: "what the rate comes to",
    floor: due,
    ours: report.ms,
    ratio,
    form: "cost",
    target,
    met: ratio <= target.atMost && ratio >= 1 / target.atMost,
    spread: undefined,
    peers: [],
  };
}

function timingOf(name: string, reports: readonly ProgramReport[]): Timing {
  return { name, rounds: reports.map(({ ms }) => ms * 1000), slowest: [] };
}

function peakOf(reports: readonly ProgramReport[]): string {
  return `${median(reports.map(({ peakMb }) => peakMb)).toFixed(0)} MB`;
}

function roundsOf({ rounds }: Effort): number {
  return Math.min(5, Math.ceil(rounds / 5));
}

/** Copying everything while writers may go on, against copying while nobody may. */
export const backfillRow: Row = {
  id: "backfill",
  title: "Backfill, JSON to SQLite",
  async run({ folder, effort, note }) {
    const source = join(folder, "models.json");
    await writeDocument(source, modelEntries(effort.migrated));
    const offline: ProgramReport[] = [];
    const ours: ProgramReport[] = [];
    for (let round = 0; round < roundsOf(effort); round++) {
      offline.push(await inFolder(folder, source, migrate));
      ours.push(await inFolder(folder, source, backfill));
    }
    for (const report of [...offline, ...ours]) checkRecords(report, effort.migrated);
    const measure = measureOf([timingOf(names.offline, offline), timingOf(names.ours, ours)], {
      row: "backfill",
      what: `backfill of ${effort.migrated} records, nobody writing`,
      unit: "ms",
      target: { atLeast: 0.6 },
    });
    const rate = (ms: number): string => `${Math.round((effort.migrated / ms) * 1000)} records/s`;
    note(
      `backfill: ${rate(measure.ours)}, at most ${peakOf(ours)} of memory; offline ` +
        `${rate(measure.floor)}, ${peakOf(offline)}`,
    );
    return [measure, await measureThrottled(folder, effort.records)];
  },
};
