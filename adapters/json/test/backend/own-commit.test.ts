import { describe, expect, test } from "vitest";
import { defineCollection, type JsonValue } from "@cutover/core";
import { fileStore } from "@cutover/json";
import { JsonCommit } from "../../src/backend/json-commit.ts";
import { TableCache } from "../../src/backend/table-cache.ts";
import type { JsonTable } from "../../src/backend/json-table.ts";
import { DataFolder } from "./folder.fixture.ts";

const settings = defineCollection({ name: "settings" });
const put = (value: JsonValue) =>
  ({
    type: "put",
    collection: settings,
    key: "a",
    value,
    insert: false,
    ifVersion: undefined,
  }) as const;

describe("a read while the process's own commit is putting a new file in place", () => {
  test("gets the records that the commit has at hand, not those of the file read anew", async () => {
    const folder = new DataFolder();
    folder.write("settings.json", '{"a": 1, "b": 2}');
    const reads: Promise<JsonTable>[] = [];
    const store = await fileStore({
      root: folder.path,
      pause: (point) => {
        if (point === "targets-renamed") reads.push(tables.load(settings));
      },
    });
    const tables = new TableCache({ store, newFiles: {}, cacheBytes: 1 << 20, guard: undefined });
    const commit = new JsonCommit({ files: store, tables });
    await commit.prepare([settings]);
    commit.drafts.apply([put(3)], 0);
    await commit.commit();
    const [read] = await Promise.all(reads);
    expect(reads).toHaveLength(1);
    expect(read).toBe(tables.current(settings));
    expect(read?.get("a")).toBe(3);
    await store.close();
  });

  test("gets what is there when the commit comes to nothing", async () => {
    const folder = new DataFolder();
    folder.write("settings.json", '{"a": 1}');
    const reads: Promise<JsonTable>[] = [];
    const store = await fileStore({
      root: folder.path,
      pause: (point) => {
        if (point !== "before-claim") return;
        folder.write("settings.json", '{"a": "somebody else\'s"}');
        reads.push(tables.load(settings));
        throw new Error("the disk is gone");
      },
    });
    const tables = new TableCache({ store, newFiles: {}, cacheBytes: 1 << 20, guard: undefined });
    const commit = new JsonCommit({ files: store, tables });
    await commit.prepare([settings]);
    commit.drafts.apply([put(3)], 0);
    await expect(commit.commit()).rejects.toMatchObject({ code: "IO_FAILED" });
    const [read] = await Promise.all(reads);
    expect(read?.get("a")).toBe("somebody else's");
    await store.close();
  });
});
