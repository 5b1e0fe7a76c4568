import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { migrate } from "../../src/migration/migrate.ts";
import { rollback } from "../../src/migration/rollback.ts";
import { lookalikeFolder } from "../migration/scene.ts";
import { run } from "./run.ts";

it("restore refuses a folder that is no backup, and says what one would be", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cutover-restore-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "users.json"), '{"a": 1}');
  const { code, stderr } = await run(["restore", folder, tmpdir(), "--yes"]);
  expect(code).toBe(1);
  expect(stderr).toContain("cutover-backup.json");
  expect(await readFile(join(folder, "users.json"), "utf8")).toBe('{"a": 1}');
});

it("rollback says of a deleted original that it was written anew", async () => {
  const target = await lookalikeFolder();
  onTestFinished(() => rm(target.folder, { recursive: true, force: true }));
  await migrate(target);
  await rm(join(target.folder, "settings.json"));
  const report = await rollback(target, { merge: true });
  expect(
    report.collections.filter(({ isRewritten }) => isRewritten).map(({ name }) => name),
  ).toEqual(["settings"]);
});
