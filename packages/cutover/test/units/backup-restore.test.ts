import { cp, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCollection, text, type JsonValue } from "@cutover/core";
import { describe, expect, it } from "vitest";
import { openStorage } from "../../src/open-storage.ts";
import { run, runJson } from "../commands/run.ts";
import { fileIn, gradualFolder, teams } from "./gradual-scene.ts";
import { Writer } from "./processes.ts";

const models = defineCollection({ name: "models", fields: { name: text() } });
const tags = defineCollection({ name: "tags" });
const modelsUnit = ["--unit", "assets/models"];
const tagsUnit = ["--unit", "assets/tags"];

async function walk(folder: string, verbs: readonly string[], unit: string[] = []): Promise<void> {
  for (const verb of verbs) {
    const ran = await run([verb, folder, ...unit]);
    expect([verb, ran.code, ran.stderr]).toEqual([verb, 0, ""]);
  }
}

const toLive = ["start", "backfill", "verify", "switch"];

async function contentOf(folder: string): Promise<Record<string, [string, JsonValue][]>> {
  await using storage = await openStorage({ folder, env: {} });
  const content: Record<string, [string, JsonValue][]> = {};
  for (const collection of [models, tags]) {
    const entries: [string, JsonValue][] = [];
    for await (const { key, value } of storage.collection(collection).iterate())
      entries.push([key, value]);
    content[collection.name] = entries;
  }
  return content;
}

async function backedUp(folder: string): Promise<string> {
  const destination = join(await mkdtemp(join(tmpdir(), "cutover-backup-")), "backup");
  const { code, stderr, answer } = await runJson(["backup", folder, destination]);
  expect([code, stderr, answer.nextSteps]).toEqual([
    0,
    "",
    [`cutover restore ${folder} ${destination}`],
  ]);
  return destination;
}

async function stagesOf(folder: string): Promise<unknown> {
  const { answer } = await runJson(["status", folder]);
  return [answer["units"]].flat().map((unit) => JSON.stringify(unit, ["unit", "stage"]));
}

/** Writes to both units, whichever store has them. */
async function writeMore(folder: string): Promise<void> {
  await using storage = await openStorage({ folder, env: {} });
  await storage.collection(models).put("later", { name: "written after the backup" });
  await storage.collection(models).delete("m1");
  await storage.collection(tags).put("red", { n: 1000 });
}

const places = (stages: readonly string[]): string[] =>
  ["assets/models", "assets/tags", "logs"].map((unit, at) =>
    JSON.stringify({ unit, stage: stages[at] }),
  );

describe("backup and restore of a folder whose units move", () => {
  it("bring back every unit as it was, at the store that had it, and what followed is kept aside", async () => {
    const folder = await gradualFolder();
    await walk(folder, toLive, modelsUnit);
    await walk(folder, ["start"], tagsUnit);
    const content = await contentOf(folder);
    const backup = await backedUp(folder);
    await writeMore(folder);
    await run(["reverse", folder, ...modelsUnit]);
    const restored = await runJson(["restore", folder, backup, "--yes"]);
    expect([restored.code, restored.stderr]).toEqual([0, ""]);
    expect(restored.answer.nextSteps[0]).toBe(`cutover backfill ${folder}`);
    expect(await stagesOf(folder)).toEqual(places(["live", "dualwrite", "off"]));
    expect(await contentOf(folder)).toEqual(content);
    const [unit] = [restored.answer["units"]].flat();
    expect(unit).toMatchObject({ unit: "assets/models", stage: "live", epoch: 5 });
    await walk(folder, ["backfill", "verify"]);
    expect((await run(["rollback", folder, "--yes"])).code).toBe(0);
    expect(Object.keys(await fileIn(folder, "models.json"))).toContain("m1");
    expect(await fileIn(folder, "tags.json")).toEqual({ red: { n: 1 }, blue: { n: 2 } });
  });

  it("bring a folder that is gone back in another place", async () => {
    const folder = await gradualFolder();
    await walk(folder, toLive, modelsUnit);
    await writeMore(folder);
    const content = await contentOf(folder);
    const backup = await backedUp(folder);
    const place = await mkdtemp(join(tmpdir(), "cutover-units-"));
    await cp(join(folder, "cutover.config.json"), join(place, "cutover.config.json"));
    await rm(folder, { recursive: true });
    expect(await run(["restore", place, backup, "--yes"])).toMatchObject({ code: 0, stderr: "" });
    expect(await contentOf(place)).toEqual(content);
    expect(await stagesOf(place)).toEqual(places(["live", "off", "off"]));
    await walk(place, ["backfill", "verify", "reverse", "cancel"], modelsUnit);
    expect(Object.keys(await fileIn(place, "models.json"))).toContain("later");
  });

  it("a backup made while a process writes holds all that was acknowledged before", async () => {
    const folder = await gradualFolder();
    const writer = new Writer(folder);
    await writer.writes(5);
    await walk(folder, toLive, modelsUnit);
    await writer.writes(20);
    const backup = await backedUp(folder);
    const refused = await runJson(["restore", folder, backup, "--yes"]);
    expect(refused.code).toBe(5);
    expect(refused.answer.blockedBy[0]?.message).toContain("stop the application");
    const { written, code } = await writer.end();
    expect(code).toBe(0);
    expect(await run(["restore", folder, backup, "--yes"])).toMatchObject({ code: 0, stderr: "" });
    await using storage = await openStorage({ folder, env: {} });
    const collection = storage.collection(models);
    expect(await collection.has("w20")).toBe(true);
    expect(await collection.count()).toBeLessThanOrEqual(40 + written);
  });

  it("a restore that died half-way serves nothing before it is done again", async () => {
    const folder = await gradualFolder();
    await walk(folder, toLive, modelsUnit);
    const content = await contentOf(folder);
    const backup = await backedUp(folder);
    const state = join(folder, ".cutover");
    expect((await run(["restore", folder, backup, "--yes"])).code).toBe(0);
    // As it is in the moment before its last step.
    await rename(join(state, "control.db"), join(state, "control.restoring.db"));
    await expect(openStorage({ folder, env: {} })).rejects.toMatchObject({ code: "STAGE_REFUSED" });
    const doctor = await runJson(["doctor", folder]);
    expect(doctor.answer.blockedBy[0]?.message).toContain("a restore of");
    expect(doctor.answer.nextSteps).toEqual([`cutover restore ${folder} ${backup}`]);
    expect(await run(["restore", folder, backup, "--yes"])).toMatchObject({ code: 0, stderr: "" });
    expect(await contentOf(folder)).toEqual(content);
    expect((await readdir(state)).filter((name) => name.includes("restoring"))).toEqual([]);
  });

  it.each([
    ["changed", "json/models.json", "{}"],
    ["cut short", "database.db", ""],
    ["without its list", "cutover-units.json", "{}"],
  ])("a backup that is %s is refused, and nothing is changed", async (_what, file, written) => {
    const folder = await gradualFolder();
    await walk(folder, ["start"]);
    const content = await contentOf(folder);
    const backup = await backedUp(folder);
    await writeFile(join(backup, file), written);
    const { code, answer } = await runJson(["restore", folder, backup, "--yes"]);
    expect([code, answer.blockedBy[0]?.code]).toEqual([1, "CORRUPT_DATA"]);
    expect(await contentOf(folder)).toEqual(content);
    expect(await stagesOf(folder)).toEqual(places(["dualwrite", "dualwrite", "dualwrite"]));
  });

  it("a rehearsal writes nothing; a destination that is there is refused", async () => {
    const folder = await gradualFolder();
    await walk(folder, ["start"]);
    const there = await mkdtemp(join(tmpdir(), "cutover-backup-"));
    expect((await run(["backup", folder, there])).code).toBe(2);
    const free = join(there, "free");
    expect((await run(["backup", folder, free, "--dry-run"])).code).toBe(0);
    expect(await readdir(there)).toEqual([]);
    const backup = await backedUp(folder);
    await writeMore(folder);
    const content = await contentOf(folder);
    expect((await run(["restore", folder, backup, "--dry-run"])).code).toBe(0);
    expect(await contentOf(folder)).toEqual(content);
    expect((await run(["restore", folder, backup])).code).toBe(2);
    expect(teams.assets.collections).toEqual(["models", "tags"]);
  });
});
