import { join } from "node:path";
import { boundOf, contest } from "../contest.ts";
import { operationsOf, shortRounds } from "../effort.ts";
import { measureOf } from "../measure.ts";
import { peerGets, peersFor, peerStage } from "../peers/peer-stage.ts";
import type { Row } from "../row.ts";
import { filePeers } from "../stores/all-kinds.ts";
import { AppJson, writeDocument } from "../stores/app-json.ts";
import { byHandJson, HandJsonReader } from "../stores/hand-json.ts";
import { modelEntries, models, picker } from "../stores/models.ts";
import { openJson } from "../stores/ours.ts";
import { rawDatabase, type ModelRow } from "../stores/raw-sqlite.ts";
import { withOpened } from "../with-opened.ts";

/** Row 16: a get from a JSON file that other processes may change at any time. */
export const jsonGetRow: Row = {
  id: "16",
  title: "JSON: get by key",
  async run({ folder, effort }) {
    const entries = modelEntries(effort.records);
    const keyAt = picker(entries.map(([key]) => key));
    const path = join(folder, "models.json");
    await writeDocument(path, entries);
    return withOpened(async (keep) => {
      const backend = keep(await openJson(folder));
      const collection = backend.collection(models);
      const hand = keep(new HandJsonReader(path));
      const app = new AppJson(path);
      const stage = keep(await peerStage(folder, peersFor(effort, filePeers), entries));
      const raw = rawDatabase(join(folder, "raw.db"), entries);
      const rawGet = raw.prepare<[string], ModelRow>("SELECT * FROM models WHERE filename = ?");
      const timings = await contest(
        [
          {
            name: "better-sqlite3, prepared",
            asynchronous: false,
            operation: (index) => rawGet.get(keyAt(index)),
          },
          {
            name: "cutover",
            asynchronous: true,
            operation: (index) => collection.get(keyAt(index)),
          },
          boundOf(byHandJson, (index) => hand.get(keyAt(index))),
          {
            name: "the app's way: read and parse the file",
            asynchronous: true,
            operations: 1,
            operation: (index) => app.get(keyAt(index)),
          },
          // conf reads the file for every get; the others but unstorage answer from their memory.
          ...peerGets(stage, keyAt, { conf: 1 }),
        ],
        { rounds: shortRounds(effort), operations: operationsOf(effort, 1000) },
      );
      raw.close();
      return [
        measureOf(timings, {
          row: "16",
          what: "JSON get, 10k records, coherent among processes",
          target: { atLeast: 1.8 },
        }),
        measureOf(timings, {
          row: "16",
          what: "the same against the app's way",
          floor: "the app's way: read and parse the file",
          target: { none: true },
          alone: true,
        }),
      ];
    });
  },
};
