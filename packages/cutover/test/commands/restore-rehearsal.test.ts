import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { run, runJson } from "./run.ts";

/** A folder with the backup of the store in charge. */
async function scene(way: readonly string[]): Promise<{ folder: string; backup: string }> {
  const place = await mkdtemp(join(tmpdir(), "cutover-rehearsal-"));
  onTestFinished(() => rm(place, { recursive: true, force: true }));
  const [folder, backup] = [join(place, "data"), join(place, "backup")];
  await mkdir(folder);
  await writeFile(join(folder, "users.json"), '{"ada": {"n": 1}}');
  for (const verb of way) expect((await run([verb, folder])).code).toBe(0);
  expect((await run(["backup", folder, backup])).code).toBe(0);
  return { folder, backup };
}

const rehearse = ["--dry-run"];

describe("the rehearsal of a restore", () => {
  it.each([
    ["JSON files", []],
    ["a database", ["migrate"]],
  ])("says of a whole backup of %s that it fits, and writes nothing", async (_what, way) => {
    const { folder, backup } = await scene(way);
    const place = join(folder, "..");
    const before = await readdir(place, { recursive: true });
    expect(await run(["restore", folder, backup, ...rehearse])).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect(await readdir(place, { recursive: true })).toEqual(before);
  });

  it.each([
    [
      "a changed file",
      [],
      /users\.json of the backup .* is not what was backed up/,
      (path: string) => writeFile(join(path, "users.json"), "{}"),
    ],
    ["a file that is gone", [], "users.json", (path: string) => rm(join(path, "users.json"))],
    [
      "a list that is none",
      [],
      "cutover-backup.json",
      (path: string) => writeFile(join(path, "cutover-backup.json"), "{}"),
    ],
    [
      "a list that a newer version wrote",
      [],
      "newer version",
      (path: string) =>
        writeFile(join(path, "cutover-backup.json"), '{"format":2,"files":[],"missing":[]}'),
    ],
    ["an empty database", ["migrate"], "not a backup", (path: string) => truncate(path, 0)],
    [
      "a database that is cut short",
      ["migrate"],
      "cannot be used",
      (path: string) => truncate(path, 9000),
    ],
    [
      "something that is no database",
      ["migrate"],
      "no SQLite",
      (path: string) => writeFile(path, "?".repeat(9000)),
    ],
  ] as const)("refuses a backup with %s, as the restore does", async (_what, way, words, spoil) => {
    const { folder, backup } = await scene(way);
    await spoil(backup);
    const { code, answer } = await runJson(["restore", folder, backup, ...rehearse]);
    expect([code === 0, answer.blockedBy[0]?.message]).toEqual([
      false,
      expect.stringMatching(words),
    ]);
    const restored = await run(["restore", folder, backup, "--yes"]);
    expect(restored.code).toBe(code);
  });
});
