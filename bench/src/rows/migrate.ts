import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Timing } from "../contest.ts";
import { isMet, measureOf, type Measure } from "../measure.ts";
import type { ProgramReport } from "../programs/report.ts";
import { runProgram } from "../programs/run-program.ts";
import type { Row } from "../row.ts";
import { median, spreadOf } from "../stats.ts";
import { writeDocument } from "../stores/app-json.ts";
import { modelEntries } from "../stores/models.ts";

const programs = {
  "JSON.parse of the file, prepared inserts": "migrate-parsed",
  "stream by hand, prepared inserts": "migrate-streamed",
  "stream by hand, nothing inserted": "stream-only",
  cutover: "migrate-ours",
} as const;
type ProgramName = keyof typeof programs;
const names: readonly ProgramName[] = [
  "JSON.parse of the file, prepared inserts",
  "stream by hand, prepared inserts",
  "stream by hand, nothing inserted",
  "cutover",
];
const inserting = names.filter((name) => name !== "stream by hand, nothing inserted");

type Reports = ReadonlyMap<ProgramName, ProgramReport[]>;

async function runRounds(folder: string, source: string, rounds: number): Promise<Reports> {
  const reports = new Map(names.map((name) => [name, [] as ProgramReport[]]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const target = join(folder, "target.db");
      reports.get(name)?.push(runProgram(programs[name], [source, target]));
      for (const suffix of ["", "-wal", "-shm"]) await rm(`${target}${suffix}`, { force: true });
    }
  }
  return reports;
}

function timingsOf(reports: Reports): Timing[] {
  return inserting.map((name) => ({
    name,
    rounds: (reports.get(name) ?? []).map(({ ms }) => ms * 1000),
    slowest: [],
  }));
}

function memoryOf(reports: Reports, what: string): Measure {
  const peaks = (name: ProgramName): number[] =>
    (reports.get(name) ?? []).map(({ peakMb }) => peakMb);
  const floorName = "stream by hand, nothing inserted";
  const floor = median(peaks(floorName));
  const ours = median(peaks("cutover"));
  const others = inserting.filter((name) => name !== "cutover");
  const target = { atMost: 60 };
  return {
    row: "14",
    what,
    unit: "MB",
    floorName,
    floor,
    ours,
    ratio: ours - floor,
    form: "difference",
    target,
    met: isMet(target, ours - floor),
    spread: spreadOf(peaks("cutover")),
    peers: others.map((name) => {
      const value = median(peaks(name));
      return { name, value, ratio: value - floor };
    }),
  };
}

/** Row 14: a JSON file into a new database. Each run is a process of its own. */
export const migrateRow: Row = {
  id: "14",
  title: "Migration, JSON to SQLite",
  async run({ folder, effort }) {
    const source = join(folder, "models.json");
    await writeDocument(source, modelEntries(effort.migrated));
    const reports = await runRounds(folder, source, Math.min(5, Math.ceil(effort.rounds / 3)));
    for (const [name, list] of reports) {
      const wrong = list.find(({ records }) => records !== effort.migrated);
      if (wrong !== undefined) throw new Error(`${name} took ${wrong.records} records`);
    }
    const timings = timingsOf(reports);
    // The best raw script of this machine, whichever it is.
    const raw = timings.filter(({ name }) => name !== "cutover");
    const best = raw.toSorted((a, b) => median(a.rounds) - median(b.rounds))[0];
    const size = `${effort.migrated} records`;
    return [
      measureOf(timings, {
        row: "14",
        what: `migrate ${size}, JSON to SQLite`,
        unit: "ms",
        form: "cost",
        floor: best?.name ?? "",
        target: { atMost: 1.1 },
      }),
      memoryOf(reports, `the same, peak memory of the process`),
    ];
  },
};
