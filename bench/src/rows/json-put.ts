import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { boundOf, contest } from "../contest.ts";
import { operationsOf } from "../effort.ts";
import { measureOf } from "../measure.ts";
import { peerPuts, peersFor, peerStage } from "../peers/peer-stage.ts";
import type { Row } from "../row.ts";
import { filePeers } from "../stores/all-kinds.ts";
import { AppJson, writeDocument } from "../stores/app-json.ts";
import { durableReplace } from "../stores/durable-replace.ts";
import { HandCommit } from "../stores/hand-commit.ts";
import { changed, modelEntries, models, picker } from "../stores/models.ts";
import { openJson } from "../stores/ours.ts";
import { withOpened } from "../with-opened.ts";

const appName = "the app's way: read, parse, print, write";

/** Row 17: durable puts into a JSON file. */
export const jsonPutRow: Row = {
  id: "17",
  title: "JSON: durable put",
  async run({ folder, effort }) {
    const entries = modelEntries(effort.records);
    const entryAt = picker(entries);
    const path = (name: string): string => join(folder, name, "models.json");
    for (const name of ["ours", "app", "floor", "hand"]) {
      await mkdir(join(folder, name));
      await writeDocument(path(name), entries);
    }
    const valueAt = (index: number) => changed(entryAt(index)[1], index);
    return withOpened(async (keep) => {
      const backend = keep(await openJson(join(folder, "ours")));
      const collection = backend.collection(models);
      const hand = keep(new HandCommit(path("hand")));
      const app = new AppJson(path("app"));
      const stage = keep(await peerStage(folder, peersFor(effort, filePeers), entries));
      const bytes = await readFile(path("floor"));
      const timings = await contest(
        [
          {
            name: "write the same bytes, fsync, rename, fsync the folder",
            asynchronous: false,
            operation: () => durableReplace(path("floor"), bytes),
          },
          {
            name: "cutover",
            asynchronous: true,
            operation: (index) => collection.put(entryAt(index)[0], valueAt(index)),
          },
          boundOf("the system calls of our commit by hand, of bytes that are ready", () =>
            hand.commit(bytes),
          ),
          {
            name: appName,
            asynchronous: true,
            operation: (index) => app.put(entryAt(index)[0], valueAt(index)),
          },
          ...peerPuts(stage, (index) => [entryAt(index)[0], valueAt(index)]),
        ],
        { rounds: effort.rounds, operations: operationsOf(effort, 6) },
      );
      const row = "17";
      return [
        measureOf(timings, {
          row,
          what: "JSON durable put, 10k records",
          unit: "ms",
          form: "cost",
          target: { atMost: 1.4 },
        }),
        measureOf(timings, {
          row,
          what: "the same against the app's way",
          unit: "ms",
          floor: appName,
          target: { atLeast: 5 },
          alone: true,
        }),
      ];
    });
  },
};
