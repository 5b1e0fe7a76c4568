import { createReadStream } from "node:fs";
import type { JsonValue } from "@cutover/core";
import { scanRecords } from "@cutover/json";
import { loadSqlite } from "@cutover/kysely/sqlite";
import { models } from "../stores/models.ts";
import { reportOn } from "./report.ts";

interface LoadedEntry {
  readonly key: string;
  readonly value: JsonValue;
}

let taken = 0;

async function* batches(source: string): AsyncGenerator<LoadedEntry[]> {
  const chunks = createReadStream(source, { highWaterMark: 1 << 18 });
  const options = { file: source, layout: { shape: "object", at: [] } } as const;
  for await (const slices of scanRecords(chunks, options)) {
    taken += slices.length;
    yield slices.map((slice) => {
      if (slice.key === undefined) throw new Error("a record has no key");
      return { key: slice.key, value: slice.value() };
    });
  }
}

const [source = "", target = ""] = process.argv.slice(2);
await reportOn(async () => {
  await loadSqlite({ path: target, collections: [models] }, async (loader) => {
    await loader.load(models, batches(source));
  });
  return taken;
});
