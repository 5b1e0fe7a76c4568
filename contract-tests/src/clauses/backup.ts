import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isStorageError } from "@cutover/core";
import type { Clause, ClauseContext, Topic } from "../clause.ts";
import { items, plain } from "../proof/collections.ts";
import { rejection, rejectsWith } from "../proof/rejection.ts";

const needs: NonNullable<Clause["needs"]> = (capabilities) => capabilities.backup;

async function without(context: ClauseContext): Promise<void> {
  const backend = await context.open([plain]);
  await backend.collection(plain).put("k", 1);
  await rejectsWith("NOT_SUPPORTED", backend.backup(join(context.location, "backup")));
  assert.ok(!(await readdir(context.location)).includes("backup"), "something was written");
  assert.equal(await backend.collection(plain).get("k"), 1);
}

/** Copies of a store. */
export const backup: Topic = {
  name: "backup",
  law: "backup() writes a verified copy of one state of the store to a path that does not exist yet, and says what it wrote. A store made of it holds the same records, in the same order. Where a backend cannot do that, it is NOT_SUPPORTED.",
  unproven: "That a backup survives the loss of the disk it lies on.",
  clauses: [
    {
      id: "backup/restored",
      title: "a store made of a backup holds what the store held then, and not what came later",
      needs,
      without,
      run: async (context) => {
        const destination = join(context.location, "backup");
        const backend = await context.open([plain, items]);
        const keys = ["c", "10", "a", "9", "é", "__proto__"];
        for (const key of keys) await backend.collection(plain).put(key, { key, list: [null, ""] });
        await backend.collection(items).put("k", { size: "7", name: "n", extra: { a: 1 } });
        const before = JSON.stringify(await backend.collection(plain).find());
        await backend.backup(destination);
        assert.equal(JSON.stringify(await backend.collection(plain).find()), before, "untouched");
        await backend.collection(plain).clear();
        await backend.collection(items).put("later", {});
        await context.restore(destination, "restored");
        const restored = await context.open([plain, items], { store: "restored" });
        assert.equal(JSON.stringify(await restored.collection(plain).find()), before);
        assert.deepEqual(await restored.collection(items).find({ where: { name: "n" } }), [
          { key: "k", value: { size: "7", name: "n", extra: { a: 1 } } },
        ]);
        assert.equal(await restored.collection(items).count(), 1);
        await restored.collection(plain).put("new", 1);
        assert.equal(await backend.collection(plain).count(), 0, "the copy is a store of its own");
      },
    },
    {
      id: "backup/manifest",
      title: "a backup's manifest names its files, their size and digest, and the records",
      needs,
      without,
      run: async (context) => {
        const destination = join(context.location, "backup");
        const backend = await context.open([plain, items]);
        await backend.collection(plain).putMany(["a", "b"].map((key) => [key, 1]));
        const manifest = await backend.backup(destination);
        assert.equal(manifest.kind, backend.kind);
        assert.equal(manifest.destination, destination);
        assert.ok(manifest.files.length > 0);
        for (const { path, sizeBytes, sha256 } of manifest.files) {
          const bytes = await readFile(join(destination, path)).catch(() => readFile(destination));
          assert.equal(bytes.length, sizeBytes, path);
          assert.equal(createHash("sha256").update(bytes).digest("hex"), sha256, path);
        }
        const records = new Map(manifest.collections.map((one) => [one.name, one.records]));
        assert.equal(records.get("plain"), 2);
        assert.equal(records.get("items") ?? 0, 0);
      },
    },
    {
      id: "backup/destination-taken",
      title: "a backup never overwrites what is at its destination",
      needs,
      without,
      run: async (context) => {
        const backend = await context.open([plain]);
        await backend.collection(plain).put("k", 1);
        const file = join(context.location, "file");
        await writeFile(file, "mine");
        const folder = join(context.location, "folder");
        await mkdir(folder);
        await writeFile(join(folder, "mine"), "mine");
        for (const destination of [file, folder])
          assert.ok(isStorageError(await rejection(backend.backup(destination))));
        assert.equal(await readFile(file, "utf8"), "mine");
        assert.deepEqual(await readdir(folder), ["mine"]);
        assert.equal(await readFile(join(folder, "mine"), "utf8"), "mine");
      },
    },
    {
      id: "backup/one-state",
      title: "a backup made while others write holds one state, and no half of a batch",
      needs,
      without,
      run: async (context) => {
        const backend = await context.open([plain]);
        const collection = backend.collection(plain);
        const keys = Array.from({ length: 300 }, (_, index) => `k${index}`);
        await collection.replaceAll(keys.map((key) => [key, 0]));
        const writing = Array.from({ length: 10 }, (_, turn) =>
          collection.replaceAll(keys.map((key) => [key, turn + 1])),
        );
        await backend.backup(join(context.location, "backup"));
        await Promise.all(writing);
        await context.restore(join(context.location, "backup"), "restored");
        const restored = await context.open([plain], { store: "restored" });
        const found = await restored.collection(plain).find();
        assert.equal(found.length, 300);
        assert.equal(new Set(found.map(({ value }) => value)).size, 1);
      },
    },
  ] satisfies readonly Clause[],
};
