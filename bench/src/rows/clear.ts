import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openHop, modelsUnit, walkTo } from "../hop/hop-stage.ts";
import type { Timing } from "../contest.ts";
import { measureOf, type Measure } from "../measure.ts";
import type { Row, RowContext } from "../row.ts";
import { writeDocument } from "../stores/app-json.ts";
import { modelEntries, models } from "../stores/models.ts";
import { openJson } from "../stores/ours.ts";
import { withOpened, type Keep } from "../with-opened.ts";

const microsecondsPerMs = 1000;

async function microsecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) * microsecondsPerMs;
}

async function measureClear({ folder, effort, note }: RowContext, keep: Keep): Promise<Measure[]> {
  const entries = modelEntries(effort.migrated);
  const place = (name: string): string => join(folder, name);
  for (const name of ["alone", "hop"]) {
    await mkdir(place(name));
    await writeDocument(join(place(name), "models.json"), entries);
  }
  const alone = keep(await openJson(place("alone"))).collection(models);
  let marks = 0;
  // Looking at one mark takes microseconds of the milliseconds that are timed.
  const countMarks = async (): Promise<void> => {
    marks = (await hop.control.marks(modelsUnit.name, Number.MAX_SAFE_INTEGER)).length;
  };
  const hop = keep(
    await openHop(place("hop"), {
      at: (point) => (point === "write/marked" ? countMarks() : undefined),
    }),
  );
  await walkTo(hop, "dualwrite");
  const floor: Timing = { name: "the JSON backend alone", rounds: [], slowest: [] };
  const ours: Timing = { name: "cutover", rounds: [], slowest: [] };
  const drained: Timing = { name: "until the mirror is empty too", rounds: [], slowest: [] };
  const rounds = Math.min(3, Math.ceil(effort.rounds / 5));
  for (let round = 0; round < rounds; round++) {
    await alone.replaceAll(entries);
    await hop.collection.replaceAll(entries);
    await hop.drained();
    globalThis.gc?.();
    floor.rounds.push(await microsecondsOf(() => alone.clear()));
    globalThis.gc?.();
    const start = performance.now();
    ours.rounds.push(await microsecondsOf(() => hop.collection.clear()));
    await hop.drained();
    drained.rounds.push((performance.now() - start) * microsecondsPerMs);
  }
  for (const store of [hop.json, hop.sqlite]) {
    const left = await store.collection(models).count();
    if (left > 0) throw new Error(`${left} records of the ${store.kind} store were not cleared`);
  }
  if (marks !== 1) throw new Error(`clear() left ${marks} marks, not one`);
  note(`clear: ${marks} mark for ${effort.migrated} records`);
  return [
    measureOf([floor, ours, drained], {
      row: "clear",
      what: `clear() of ${effort.migrated} records in dualwrite, until answered`,
      unit: "ms",
      form: "cost",
      target: { none: true },
    }),
  ];
}

/** Clearing a collection that is mirrored: one mark, however many records. */
export const clearRow: Row = {
  id: "clear",
  title: "Dual run: clear",
  run: (context) => withOpened((keep) => measureClear(context, keep)),
};
