import { access, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCollection } from "@cutover/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { whileRestoringFiles } from "../../src/migration/file-restore.ts";
import { openStorage } from "../../src/open-storage.ts";
import { run, runJson } from "../commands/run.ts";

const users = defineCollection({ name: "users" });
const tags = defineCollection({ name: "tags" });

/** A folder whose backup was made when there were no tags yet. */
async function scene(): Promise<{ readonly folder: string; readonly backup: string }> {
  const place = await mkdtemp(join(tmpdir(), "cutover-restore-"));
  onTestFinished(() => rm(place, { recursive: true, force: true }));
  const [folder, backup] = [join(place, "data"), join(place, "backup")];
  await mkdir(folder);
  const config = { collections: [{ name: "users" }, { name: "tags" }] };
  await writeFile(join(folder, "cutover.config.json"), JSON.stringify(config));
  await using storage = await openStorage({ folder, env: {} });
  await storage.collection(users).put("ada", { n: 1 });
  expect((await run(["backup", folder, backup])).code).toBe(0);
  await storage.collection(users).put("ada", { n: 2 });
  await storage.collection(tags).put("red", { n: 2 });
  return { folder, backup };
}

const usersIn = async (folder: string): Promise<unknown> => {
  await using storage = await openStorage({ folder, env: {} });
  return storage.collection(users).get("ada");
};

/** Dies when the tags were put aside, and nothing was replaced. */
async function half(folder: string, backup: string): Promise<void> {
  const dies = whileRestoringFiles(folder, backup, async () => {
    await rename(join(folder, "tags.json"), join(folder, "tags.aside"));
    throw new Error("no space left");
  });
  await expect(dies).rejects.toThrow("no space left");
}

describe("a restore of JSON files that died when it had put a file aside", () => {
  it("is served to nobody, copied by nobody, and told, until it is done again", async () => {
    const { folder, backup } = await scene();
    await half(folder, backup);
    await expect(openStorage({ folder, env: {} })).rejects.toMatchObject({
      code: "STAGE_REFUSED",
      details: { nextCommand: `cutover restore ${folder} ${backup}` },
    });
    expect((await run(["backup", folder, `${backup}.2`])).code).toBe(4);
    expect((await run(["migrate", folder])).code).toBe(4);
    const doctor = await runJson(["doctor", folder]);
    expect([doctor.code, doctor.answer.nextSteps]).toEqual([
      3,
      [`cutover restore ${folder} ${backup}`],
    ]);
    expect(await run(["restore", folder, backup, "--yes"])).toMatchObject({ code: 0, stderr: "" });
    expect(await usersIn(folder)).toEqual({ n: 1 });
    expect((await run(["doctor", folder])).code).toBe(0);
  });

  it("stays refused when the next one finds its backup damaged", async () => {
    const { folder, backup } = await scene();
    await half(folder, backup);
    await writeFile(join(backup, "users.json"), "{}");
    expect((await run(["restore", folder, backup, "--yes"])).code).toBe(1);
    await expect(openStorage({ folder, env: {} })).rejects.toMatchObject({ code: "STAGE_REFUSED" });
  });
});

describe("a restore of JSON files", () => {
  it("that finds its backup damaged has changed nothing, and the folder opens", async () => {
    const { folder, backup } = await scene();
    await writeFile(join(backup, "users.json"), "{}");
    expect((await run(["restore", folder, backup, "--yes"])).code).toBe(1);
    expect(await usersIn(folder)).toEqual({ n: 2 });
    await access(join(folder, "tags.json"));
  });

  it("lets nobody open the folder while a file is put aside", async () => {
    const { folder, backup } = await scene();
    await whileRestoringFiles(folder, backup, async () => {
      await expect(openStorage({ folder, env: {} })).rejects.toMatchObject({
        code: "STAGE_REFUSED",
      });
    });
    expect(await usersIn(folder)).toEqual({ n: 2 });
  });
});
