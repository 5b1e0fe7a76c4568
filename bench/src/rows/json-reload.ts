import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { contest } from "../contest.ts";
import { operationsOf } from "../effort.ts";
import { measureOf } from "../measure.ts";
import type { Row } from "../row.ts";
import { writeDocument, type ModelDocument } from "../stores/app-json.ts";
import { changed, modelEntries, models, picker } from "../stores/models.ts";
import { openJson } from "../stores/ours.ts";

/** Row 19: the first get after another program has replaced the file. */
export const jsonReloadRow: Row = {
  id: "19",
  title: "JSON: reload after a foreign write",
  async run({ folder, effort }) {
    const entries = modelEntries(effort.records);
    const entryAt = picker(entries);
    const path = join(folder, "models.json");
    await writeDocument(path, entries);
    const backend = await openJson(folder);
    try {
      const collection = backend.collection(models);
      let writes = 0;
      const foreignWrite = async (): Promise<void> => {
        const changedAt = entryAt(writes)[0];
        const next = entries.map(
          ([key, value]) => [key, key === changedAt ? changed(value, writes) : value] as const,
        );
        writes++;
        await writeDocument(join(folder, "foreign"), next);
        await rename(join(folder, "foreign"), path);
      };
      const timings = await contest(
        [
          {
            name: "JSON.parse(readFile)",
            asynchronous: true,
            prepare: foreignWrite,
            operation: async (index) => {
              const document: ModelDocument = JSON.parse(await readFile(path, "utf8"));
              return document[entryAt(index)[0]];
            },
          },
          {
            name: "cutover",
            asynchronous: true,
            prepare: foreignWrite,
            operation: (index) => collection.get(entryAt(index)[0]),
          },
        ],
        { rounds: Math.max(effort.rounds, operationsOf(effort, 25)), operations: 1 },
      );
      return [
        measureOf(timings, {
          row: "19",
          what: "JSON, first get after a foreign write, 10k records",
          unit: "ms",
          target: { atLeast: 2 },
        }),
      ];
    } finally {
      await backend[Symbol.asyncDispose]();
    }
  },
};
