import { join } from "node:path";
import { replicaOf, type StorageBackend } from "@cutover/core";
import { contest, type Timing } from "../contest.ts";
import type { Effort } from "../effort.ts";
import { hopStage, modelsUnit, type Hop } from "../hop/hop-stage.ts";
import { measureOf, type Measure } from "../measure.ts";
import { runProgram } from "../programs/run-program.ts";
import type { Row, RowContext } from "../row.ts";
import { modelEntries, models } from "../stores/models.ts";
import { withOpened, type Keep } from "../with-opened.ts";

const reading = "reading one side, then the other";

function expect(records: number, { migrated }: Effort): void {
  if (records !== migrated) throw new Error(`of ${migrated} records ${records} were met`);
}

async function readAll(backend: StorageBackend): Promise<number> {
  let records = 0;
  for await (const batch of replicaOf(backend).oldestFirst(models)) records += batch.length;
  return records;
}

/** In a process that works with both stores, as an application does. */
function warm({ json, sqlite, operator }: Hop, effort: Effort): Promise<Timing[]> {
  return contest(
    [
      {
        name: reading,
        asynchronous: true,
        operation: async () => {
          expect(await readAll(json), effort);
          expect(await readAll(sqlite), effort);
        },
      },
      {
        name: "cutover",
        asynchronous: true,
        operation: async () => {
          const { same, isClean } = await operator.verify(modelsUnit);
          expect(same, effort);
          if (!isClean) throw new Error("the comparison found a difference");
        },
      },
    ],
    { rounds: roundsOf(effort), operations: 1 },
  );
}

/** In processes that have read nothing before, as an operator's command has not. */
function cold(place: string, effort: Effort): Timing[] {
  const microseconds = (what: string): number => {
    const { ms, records } = runProgram("verify", [what, place]);
    expect(records, effort);
    return ms * 1000;
  };
  const floor: Timing = { name: reading, rounds: [], slowest: [] };
  const ours: Timing = { name: "cutover", rounds: [], slowest: [] };
  for (let round = 0; round < roundsOf(effort); round++) {
    floor.rounds.push(microseconds("read"));
    ours.rounds.push(microseconds("verify"));
  }
  return [floor, ours];
}

function roundsOf({ rounds }: Effort): number {
  return Math.min(5, Math.ceil(rounds / 3));
}

async function measureVerify({ folder, effort }: RowContext, keep: Keep): Promise<Measure[]> {
  const place = join(folder, "hop");
  const hop = keep(await hopStage(place, modelEntries(effort.migrated), "shadow"));
  const options = {
    row: "15",
    unit: "ms",
    form: "cost",
    target: { atMost: 1.2 },
  } as const;
  const what = `verify ${effort.migrated} records`;
  return [
    measureOf(cold(place, effort), { ...options, what: `${what}, in a new process` }),
    measureOf(await warm(hop, effort), { ...options, what: `${what}, in the application` }),
  ];
}

/** Row 15: comparing everything in both stores. */
export const verifyRow: Row = {
  id: "15",
  title: "Verification",
  run: (context) => withOpened((keep) => measureVerify(context, keep)),
};
