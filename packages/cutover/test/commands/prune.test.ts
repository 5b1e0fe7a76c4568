import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { migrate } from "../../src/migration/migrate.ts";
import { prune } from "../../src/migration/prune.ts";
import { rollback } from "../../src/migration/rollback.ts";
import { filesOf, lookalikeFolder, namesIn } from "../migration/scene.ts";
import { run } from "./run.ts";

const inTwoMonths = (): number => Date.now() + 61 * 86_400_000;

async function usedFolder(): Promise<Awaited<ReturnType<typeof lookalikeFolder>>> {
  const target = await lookalikeFolder();
  onTestFinished(() => rm(target.folder, { recursive: true, force: true }));
  await migrate(target);
  await rollback(target);
  for (const bak of ["settings.json.bak", "metadata/model-aliases.json.bak", "notes.txt.bak"]) {
    await mkdir(dirname(join(target.folder, bak)), { recursive: true });
    await writeFile(join(target.folder, bak), "{}");
  }
  return target;
}

it("prune removes old databases and .bak files, and never an original or a file it does not know", async () => {
  const target = await usedFolder();
  const originals = await filesOf(target);
  const report = await prune(target, { olderThanDays: 60, nowMs: inTwoMonths() });
  expect(report.removed.map(({ because }) => because).toSorted()).toEqual([
    "backup file",
    "backup file",
    "rolled back",
  ]);
  expect(await filesOf(target)).toEqual(originals);
  expect(Object.keys(originals)).toContain("metadata/model-aliases.json");
  const names = await namesIn(target);
  expect(names.filter((name) => /\.bak$|rolled-back/.test(name))).toEqual(["notes.txt.bak"]);
});

it("prune keeps what is not old enough, and the database in charge always", async () => {
  const target = await usedFolder();
  await migrate(target);
  const before = await readdir(target.folder);
  expect(await prune(target, { olderThanDays: 60 })).toMatchObject({ removed: [] });
  expect(await prune(target, { olderThanDays: 0, dryRun: true })).toMatchObject({ kept: [] });
  expect(await readdir(target.folder)).toEqual(before);
  await prune(target, { olderThanDays: 0, nowMs: inTwoMonths() });
  expect(await readdir(target.folder)).toContain("wmd_data.db");
});

it("the command asks before it removes, and refuses days that are none", async () => {
  const { folder } = await usedFolder();
  const before = await readdir(folder);
  expect((await run(["prune", folder, "--older-than", "0"])).code).toBe(2);
  expect((await run(["prune", folder, "--older-than", "soon", "--yes"])).stderr).toContain("soon");
  expect(await readdir(folder)).toEqual(before);
  const { code, stdout } = await run(["prune", folder, "--older-than", "0", "--yes"]);
  expect({ code, names: stdout.includes("rolled-back-2") }).toEqual({ code: 0, names: true });
  expect((await run(["prune", folder, "--older-than", "0"])).stdout).toContain(
    "Nothing was put aside",
  );
});
