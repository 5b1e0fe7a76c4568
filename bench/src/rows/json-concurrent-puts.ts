import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { boundOf, contest } from "../contest.ts";
import type { Effort } from "../effort.ts";
import { measureOf, type Measure, type Target } from "../measure.ts";
import { confKind } from "../peers/conf-kind.ts";
import { lowKind } from "../peers/low-kind.ts";
import { nedbKind } from "../peers/nedb-kind.ts";
import { peerBursts, peerStage } from "../peers/peer-stage.ts";
import type { Row } from "../row.ts";
import { AppJson, writeDocument } from "../stores/app-json.ts";
import { byHandJson, HandJsonWriter } from "../stores/hand-json.ts";
import { changed, modelEntries, models, picker } from "../stores/models.ts";
import { openJson } from "../stores/ours.ts";
import { cellsOf, rawDatabase, upsertSql } from "../stores/raw-sqlite.ts";
import { withOpened } from "../with-opened.ts";

const together = 1000;

interface Size {
  readonly records: number;
  readonly target: Target;
}

/**
 * These write the whole file for each put, also when many are called at once: that takes minutes,
 * so one put stands for all.
 */
async function msOf(put: () => unknown): Promise<number> {
  const start = performance.now();
  await put();
  return performance.now() - start;
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
  await mkdir(join(folder, "hand"));
  await writeDocument(join(folder, "hand", "models.json"), entries);
  return withOpened(async (keep) => {
    const backend = keep(await openJson(folder));
    const collection = backend.collection(models);
    const hand = keep(new HandJsonWriter(join(folder, "hand", "models.json")));
    const app = new AppJson(join(folder, "app.json"));
    const stage = keep(await peerStage(folder, [nedbKind], entries));
    const slow = keep(await peerStage(folder, [lowKind, confKind], entries));
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
        boundOf(byHandJson, (index) =>
          Promise.all(each(index, (at) => hand.put(entryAt(at)[0], changeAt(at)))),
        ),
        ...peerBursts(stage, (at) => [entryAt(at)[0], changeAt(at)], burst),
      ],
      { rounds: effort.rounds, operations: 1 },
    );
    raw.close();
    const measure = measureOf(timings, {
      row: "18",
      what: `JSON, ${burst} concurrent puts, ${size.records} records`,
      unit: "ms",
      target: size.target,
    });
    const putters = [
      { name: "the app's way", put: () => app.put(entryAt(0)[0], changeAt(0)) },
      ...slow.peers.map(({ name, store }) => ({
        name,
        put: () => store.put(entryAt(0)[0], changeAt(0)),
      })),
    ];
    const peers = [...measure.peers];
    for (const { name, put } of putters) {
      const value = (await msOf(put)) * burst;
      peers.push({ name: `${name}, from one put`, value, ratio: measure.floor / value });
    }
    return { ...measure, peers };
  });
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
