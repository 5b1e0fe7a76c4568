import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { Collection, StorageBackend } from "@cutover/core";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { Folder } from "./folder.ts";
import { models, notes } from "./models.ts";

const shell = "/usr/bin/sqlite3";

/** Runs SQL as somebody who knows nothing of this library. */
interface Outsider {
  readonly name: string;
  run(path: string, sql: string): void;
}

const outsiders: Outsider[] = [
  {
    name: "another connection",
    run: (path, sql) => {
      const database = new Database(path);
      try {
        database.exec(sql);
      } finally {
        database.close();
      }
    },
  },
];

if (existsSync(shell)) {
  outsiders.push({
    name: "the sqlite3 shell",
    run: (path, sql) => void execFileSync(shell, ["-bail", path, sql], { stdio: "pipe" }),
  });
} else {
  console.warn(`${shell} is not installed: edits with it are NOT tested on this machine`);
}

async function withStore(
  work: (store: { path: string; storage: StorageBackend; models: Collection }) => Promise<void>,
): Promise<void> {
  using folder = new Folder();
  const path = folder.file();
  await using storage = sqliteBackend({ path, collections: [models, notes] });
  await storage.collection(models).put("a", { title: "Red fox", sizeBytes: 1, extra: [1] });
  await storage.collection(models).put("b", { title: "Blue whale", sizeBytes: "big" });
  await work({ path, storage, models: storage.collection(models) });
}

describe.each(outsiders)("a row edited by $name", (outsider) => {
  const run = (path: string, sql: string): void => outsider.run(path, sql);

  test("is read with its new values, and what was not edited stays", async () => {
    await withStore(async ({ path, models }) => {
      run(
        path,
        "UPDATE models SET title = 'Grey wolf', size_bytes = 5, enabled = 1 WHERE key = 'a'",
      );
      expect(await models.get("a")).toEqual({
        title: "Grey wolf",
        sizeBytes: 5,
        enabled: true,
        extra: [1],
      });
      expect(await models.find({ where: { sizeBytes: { gt: 1 } } })).toHaveLength(1);
    });
  });

  test("has its new value where it did not fit its kind before", async () => {
    await withStore(async ({ path, models }) => {
      run(path, "UPDATE models SET size_bytes = 9 WHERE key = 'b'");
      expect(await models.get("b")).toEqual({ title: "Blue whale", sizeBytes: 9 });
    });
  });

  test("is found by search under its new text and no longer under its old", async () => {
    await withStore(async ({ path, models }) => {
      run(path, "UPDATE models SET title = 'Grey wolf' WHERE key = 'a'");
      expect(await models.search("fox")).toEqual([]);
      expect((await models.search("wolf")).map(({ key }) => key)).toEqual(["a"]);
    });
  });

  test("is found by a search inside a transaction too", async () => {
    await withStore(async ({ path, models, storage }) => {
      run(path, "UPDATE models SET title = 'Grey wolf' WHERE key = 'a'");
      const found = await storage.transaction((tx) =>
        tx.collection(models.definition).search("wolf"),
      );
      expect(found.map(({ key }) => key)).toEqual(["a"]);
    });
  });

  test("is there when it was inserted, last in order, and gone when it was deleted", async () => {
    await withStore(async ({ path, models }) => {
      run(path, "INSERT INTO models (key, title) VALUES ('c', 'Green frog')");
      run(path, "DELETE FROM models WHERE key = 'a'");
      expect((await models.find()).map(({ key }) => key)).toEqual(["b", "c"]);
      expect((await models.search("frog")).map(({ key }) => key)).toEqual(["c"]);
      expect(await models.search("fox")).toEqual([]);
    });
  });

  test("cannot break a unique constraint, or store what no record could hold", async () => {
    await withStore(async ({ path, models }) => {
      const edits = [
        "UPDATE models SET title = 'Red fox' WHERE key = 'b'",
        "INSERT INTO models (key) VALUES ('a')",
        "UPDATE models SET enabled = 7 WHERE key = 'a'",
        "UPDATE models SET size_bytes = 'seven' WHERE key = 'a'",
        "UPDATE models SET size_bytes = 9007199254740993 WHERE key = 'a'",
      ];
      for (const edit of edits) expect(() => run(path, edit)).toThrow(/constraint|cannot store/);
      expect(await models.get("a")).toEqual({ title: "Red fox", sizeBytes: 1, extra: [1] });
    });
  });

  test("with broken JSON is CORRUPT_DATA naming table and key, and the others are read", async () => {
    await withStore(async ({ path, models }) => {
      run(path, "UPDATE models SET _rest = '{broken' WHERE key = 'a'");
      await expect(models.get("a")).rejects.toMatchObject({
        code: "CORRUPT_DATA",
        message: expect.stringMatching(/table "models", key "a"/) as unknown,
      });
      expect(await models.get("b")).toEqual({ title: "Blue whale", sizeBytes: "big" });
      await expect(models.find({ where: { rating: { isNull: true } } })).rejects.toMatchObject({
        code: "CORRUPT_DATA",
      });
    });
  });

  test("with an infinity in it is CORRUPT_DATA", async () => {
    await withStore(async ({ path, models }) => {
      run(path, "UPDATE models SET rating = 9e999 WHERE key = 'a'");
      await expect(models.get("a")).rejects.toMatchObject({ code: "CORRUPT_DATA" });
    });
  });

  test("in a collection without fields holds what its JSON says", async () => {
    await withStore(async ({ path, storage }) => {
      run(path, `INSERT INTO notes (key, value) VALUES ('n', '{"text": "hello"}')`);
      expect(await storage.collection(notes).get("n")).toEqual({ text: "hello" });
      expect((await storage.info()).collections).toContainEqual({
        name: "notes",
        exists: true,
        records: 1,
      });
    });
  });
});
