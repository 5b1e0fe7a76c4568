import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import type { StorageBackend } from "@cutover/core";
import { contest, type Contestant } from "../contest.ts";
import { operationsOf, shortRounds } from "../effort.ts";
import { hopStage } from "../hop/hop-stage.ts";
import { measureOf, type Measure } from "../measure.ts";
import type { RowContext } from "../row.ts";
import { writeDocument } from "../stores/app-json.ts";
import { modelEntries, models, picker } from "../stores/models.ts";
import { openJson, openSqlite } from "../stores/ours.ts";
import { withOpened, type Keep } from "../with-opened.ts";

const together = 100;
const names = {
  sqlite: "the SQLite backend alone",
  json: "the JSON backend alone",
  live: "cutover, SQLite in charge",
  shadow: "cutover, JSON in charge",
} as const;

/** Gets, and then a turn of the event loop, in which sampled reads are compared: they cost too. */
function reader(name: string, backend: StorageBackend, keyAt: (at: number) => string): Contestant {
  const collection = backend.collection(models);
  return {
    name,
    asynchronous: true,
    operation: async (index) => {
      const end = (index + 1) * together;
      for (let at = index * together; at < end; at++) await collection.get(keyAt(at));
      await turnOfTheLoop();
    },
  };
}

async function measureKept({ folder, effort }: RowContext, keep: Keep): Promise<Measure[]> {
  const entries = modelEntries(effort.records);
  const keyAt = picker(entries.map(([key]) => key));
  const alone = join(folder, "alone");
  await mkdir(alone);
  await writeDocument(join(alone, "models.json"), entries);
  const json = keep(await openJson(alone));
  const sqlite = keep(await openSqlite(join(alone, "models.db")));
  await sqlite.collection(models).replaceAll(entries);
  const live = keep(await hopStage(join(folder, "get-live"), entries, "live"));
  const shadow = keep(await hopStage(join(folder, "get-shadow"), entries, "shadow"));
  const timings = await contest(
    [
      reader(names.sqlite, sqlite, keyAt),
      reader(names.live, live.storage, keyAt),
      reader(names.shadow, shadow.storage, keyAt),
      reader(names.json, json, keyAt),
    ],
    { rounds: shortRounds(effort), operations: operationsOf(effort, 10) },
  );
  const measure = (ours: string, floor: string): Measure =>
    measureOf(timings, {
      row: "21",
      what: `dual run: ${together} gets, ${ours === names.live ? "live" : "shadow"}`,
      ours,
      floor,
      target: floor === names.sqlite ? { atLeast: 0.6 } : { none: true },
      alone: true,
    });
  return [
    measure(names.live, names.sqlite),
    measure(names.shadow, names.sqlite),
    measure(names.shadow, names.json),
  ];
}

/** The reads of row 21, in stages that compare one read in a hundred. */
export function measureDualGets(context: RowContext): Promise<Measure[]> {
  return withOpened((keep) => measureKept(context, keep));
}
