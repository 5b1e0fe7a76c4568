import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { planRows } from "../src/plan-rows.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cutover-plan-test-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const options = { rounds: 1, size: { models: 80, downloads: 10 } };

test("the plan's five rows come in its order, with its estimates", async () => {
  const rows = await planRows({ ...options, folder, writers: { processes: 1, writes: 1 } });
  expect(
    rows.map(({ operation, estimate }) => [operation, estimate.json, estimate.sqlite]),
  ).toEqual([
    ["Load all settings", "5-10ms", "1-2ms"],
    ["Find model by hash", "100-500ms", "1-5ms"],
    ["Add download history", "50-100ms", "1-2ms"],
    ["Search metadata (10k entries)", "500ms+", "5-20ms"],
    ["Concurrent writes", "Fails/corrupts", "Works"],
  ]);
  expect(await readdir(folder)).toEqual([]);
});

test("what two processes write at once through a backend is all there afterwards", async () => {
  const rows = await planRows({ ...options, folder, writers: { processes: 2, writes: 10 } });
  const writes = rows.at(-1)?.writes;
  expect(writes?.json).toMatchObject({ tried: 20, acknowledged: 20, kept: 20 });
  expect(writes?.sqlite).toMatchObject({ tried: 20, acknowledged: 20, kept: 20 });
});
