import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCollection } from "@cutover/core";
import type { BenchmarkRecord } from "@cutover/fixtures";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HandSqlite } from "../src/stores/hand-sqlite.ts";
import { changed, modelEntries, modelOptions, models } from "../src/stores/models.ts";

const searched = defineCollection<BenchmarkRecord>({ ...modelOptions, search: ["description"] });
const entries = modelEntries(1000);
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cutover-bench-hand-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("what is read by hand is what the collection answers, members in the same order", async () => {
  const path = join(folder, "ours.db");
  await using backend = sqliteBackend({ path });
  const collection = backend.collection(searched);
  await collection.replaceAll(entries);
  await using hand = new HandSqlite(path);
  const [get, find, search, page] = [hand.get(), hand.find(), hand.search(50), hand.page(100)];
  for (const [key, { hf_repo }] of entries.slice(0, 50)) {
    expect(JSON.stringify(await get(key))).toBe(JSON.stringify(await collection.get(key)));
    expect(await find(hf_repo)).toEqual(await collection.find({ where: { hf_repo } }));
  }
  expect(await search("motion")).toEqual(await collection.search("motion", { limit: 50 }));
  expect(await page("")).toEqual((await collection.page({ limit: 100 })).entries);
});

test("what is put by hand is what the collection would have put", async () => {
  const path = join(folder, "ours.db");
  const values = entries.slice(0, 100).map(([, value], index) => ({
    ...changed(value, index),
    hf_repo: index % 2 === 0 ? value.hf_repo : "someone/else",
  }));
  const puts = [
    ...values,
    ...modelEntries(1100)
      .slice(1000)
      .map(([, value]) => value),
  ].map((value) => [value.filename, value] as const);
  await using backend = sqliteBackend({ path });
  const collection = backend.collection(models);
  await collection.replaceAll(entries);
  await using hand = await HandSqlite.copyOf(path, `${path}.hand`);
  await hand.putMany()(puts);
  await collection.putMany(puts);
  await using copy = sqliteBackend({ path: `${path}.hand` });
  const written = await copy.collection(models).find();
  expect(written).toEqual(await collection.find());
  expect(written).toHaveLength(1100);
});
