import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { run, runJson } from "./run.ts";

it("plan and migrate name JSON files that no collection of the config claims", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cutover-unclaimed-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "users.json"), '{"a": {"n": 1}}');
  await writeFile(join(folder, "orders.json"), '{"b": {"n": 2}}');
  await writeFile(join(folder, "cutover.config.json"), '{"collections": [{"name": "users"}]}');

  const plan = await runJson(["plan", folder]);
  expect(plan.answer["notes"]).toEqual([expect.stringMatching(/names orders\.json:/)]);
  const migrated = await run(["migrate", folder]);
  expect(migrated.code).toBe(0);
  expect(migrated.stdout).toMatch(/orders\.json: left as they are/);
  expect(migrated.stdout).not.toMatch(/names .*users\.json/);
});
