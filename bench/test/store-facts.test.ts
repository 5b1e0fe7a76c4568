import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { neighboursOf } from "../src/store-facts.ts";
import { kindOf } from "../src/stores/all-kinds.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cutover-facts-test-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("two processes with our JSON store see each other's change and lose nothing", async () => {
  expect(await neighboursOf(kindOf("ours-json"), folder)).toEqual({
    together: true,
    seesChanges: true,
    tried: 60,
    failed: 0,
    lost: 0,
  });
});

test("a store that only one process can open is found out", async () => {
  expect(await neighboursOf(kindOf("level"), folder)).toEqual({ together: false });
});

test("a store that reads its file only once is found out", async () => {
  const neighbours = await neighboursOf(kindOf("lowdb"), folder);
  expect(neighbours).toMatchObject({ together: true, seesChanges: false });
});
