import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Effort } from "../src/effort.ts";
import { allRows } from "../src/rows/index.ts";

const tiny: Effort = {
  records: 60,
  migrated: 60,
  rounds: 1,
  share: 0.01,
  everyPeer: true,
  growth: [20],
};
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cutover-bench-test-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test.each(allRows.map((row) => ({ id: row.id, row })))(
  "row $id measures a floor and ours at a tiny size",
  async ({ id, row }) => {
    const measures = await row.run({ folder, effort: tiny, note: () => {} });
    expect(measures.length).toBeGreaterThan(0);
    for (const measure of measures) {
      expect(measure.row).toBe(id);
      expect(measure.floor).toBeGreaterThan(0);
      expect(measure.ours).toBeGreaterThan(0);
      expect(Number.isFinite(measure.ratio)).toBe(true);
    }
  },
);

test("no two rows have the same name", () => {
  expect(new Set(allRows.map(({ id }) => id)).size).toBe(allRows.length);
});
