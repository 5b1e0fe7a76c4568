import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import type { BenchmarkRecord } from "@cutover/fixtures";
import type { ModelEntry } from "../stores/models.ts";
import type { StoreKind } from "../stores/store-kind.ts";

/** LevelDB; its writes are durable only where they ask for it, so these do. */
export const levelKind: StoreKind = {
  id: "level",
  name: "classic-level",
  setup: "classic-level 3.0.0, values as JSON, every write with `sync: true`",
  caution: "one process at a time",
  promises: { get: true, put: true },
  async open(folder) {
    const level = new ClassicLevel<string, BenchmarkRecord>(join(folder, "level"), {
      valueEncoding: "json",
    });
    await level.open();
    const putMany = (entries: readonly ModelEntry[]): Promise<void> =>
      level.batch(
        entries.map(([key, value]) => ({ type: "put" as const, key, value })),
        { sync: true },
      );
    return {
      get: (key) => level.get(key),
      put: (key, value) => level.put(key, value, { sync: true }),
      getMany: (keys) => level.getMany([...keys]),
      batch: { putMany, clear: () => level.clear() },
      fill: putMany,
      async count() {
        let count = 0;
        for await (const _ of level.iterator()) count++;
        return count;
      },
      close: () => level.close(),
    };
  },
};
