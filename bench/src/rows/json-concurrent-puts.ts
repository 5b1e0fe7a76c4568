import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { contest } from "../contest.ts";
import type { Effort } from "../effort.ts";
import { measureOf, type Measure, type Target } from "../measure.ts";
import type { Row } from "../row.ts";
import { AppJson, writeDocument } from "../stores/app-json.ts";
import { changed, modelEntries, models, picker } from "../stores/models.ts";
import { openJson } from "../stores/ours.ts";
import { cellsOf, rawDatabase, upsertSql } from "../stores/raw-sqlite.ts";

const together = 1000;

interface Size {
  readonly records: number;
  readonly target: Target;
}

async function measureSize(parent: string, effort: Effort, size: Size): Promise<Measure> {
  const folder = join(parent, String(size.records));
  const burst = Math.min(together, effort.records);
  await mkdir(folder);
  const entries = modelEntries(size.records);
  const entryAt = picker(entries);
  const changeAt = (at: number) => changed(entryAt(at)[1], at);
  await writeDocument(join(folder, "models.json"), entries);
  await writeDocument(join(folder, "app.json"), entries);
  const backend = await openJson(folder);
  try {
    const collection = backend.collection(models);
    const app = new AppJson(join(folder, "app.json"));
    const raw = rawDatabase(join(folder, "raw.db"), entries);
    const rawPut = raw.prepare(upsertSql);
    const each = (index: number, put: (at: number) => unknown): unknown[] =>
      Array.from({ length: burst }, (_, offset) => put(index * burst + offset));
    const timings = await contest(
      [
        {
          name: "better-sqlite3, prepared upsert, one by one",
          asynchronous: false,
          operation: (index) => each(index, (at) => rawPut.run(cellsOf(changeAt(at)))),
        },
        {
          name: "cutover",
          asynchronous: true,
          operation: (index) =>
            Promise.all(each(index, (at) => collection.put(entryAt(at)[0], changeAt(at)))),
        },
      ],
      { rounds: effort.rounds, operations: 1 },
    );
    raw.close();
    // All at once the app's way loses changes, and one by one it takes minutes: one put stands for all.
    const start = performance.now();
    await app.put(entryAt(0)[0], changeAt(0));
    const appMs = (performance.now() - start) * burst;
    const measure = measureOf(timings, {
      row: "18",
      what: `JSON, ${burst} concurrent puts, ${size.records} records`,
      unit: "ms",
      target: size.target,
    });
    const peer = { name: "the app's way, one by one (from one put)", value: appMs };
    return { ...measure, peers: [{ ...peer, ratio: measure.floor / appMs }] };
  } finally {
    await backend[Symbol.asyncDispose]();
  }
}

/** Row 18: puts into a JSON file that are called at once. */
export const jsonConcurrentPutsRow: Row = {
  id: "18",
  title: "JSON: concurrent durable puts",
  async run({ folder, effort }) {
    const tenth = Math.ceil(effort.records / 10);
    return [
      await measureSize(folder, effort, { records: effort.records, target: { atLeast: 6 } }),
      await measureSize(folder, effort, { records: tenth, target: { atLeast: 20 } }),
    ];
  },
};
