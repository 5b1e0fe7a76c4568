import { cp, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { defineCollection, text } from "@cutover/core";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import { describe, expect, it } from "vitest";
import { openStorage } from "../../src/open-storage.ts";
import { run, runJson } from "../commands/run.ts";
import { fileIn, gradualFolder } from "./gradual-scene.ts";
import { Writer } from "./processes.ts";

const models = defineCollection({ name: "models", fields: { name: text() } });
const epochs = defineCollection({ name: "cutover_epoch" });
const modelsUnit = ["--unit", "assets/models"];
const rebuild = ["--rebuild-control", "--yes"];

async function movedFolder(verbs: readonly string[]): Promise<string> {
  const folder = await gradualFolder();
  for (const verb of verbs) {
    const ran = await run([verb, folder, ...modelsUnit]);
    expect([verb, ran.code, ran.stderr]).toEqual([verb, 0, ""]);
  }
  return folder;
}
const toLive = ["start", "backfill", "verify", "switch"];

async function loseControl(folder: string): Promise<void> {
  const state = join(folder, ".cutover");
  for (const name of await readdir(state))
    if (name.startsWith("control.")) await rm(join(state, name), { recursive: true });
}

async function stageOf(folder: string): Promise<unknown> {
  const { answer } = await runJson(["status", folder, ...modelsUnit]);
  return [answer["units"]].flat()[0];
}

/** The second store of somebody who was held up: it has less than the one in charge. */
async function writeOnlyToDatabase(folder: string, key: string): Promise<void> {
  await using database = sqliteBackend({ path: join(folder, "app.db"), collections: [models] });
  await database.collection(models).put(key, { name: "only here" });
}

describe("a control store that is lost for good", () => {
  it.each([
    ["dualwrite", ["start"], "dualwrite"],
    ["shadow", ["start", "backfill"], "dualwrite"],
    ["live", toLive, "live"],
    ["shadow, after a way back", [...toLive, "reverse"], "dualwrite"],
  ])(
    "is rebuilt at %s: the same store is in charge, and the way goes on",
    async (_at, verbs, to) => {
      const folder = await movedFolder(verbs);
      const before = await stageOf(folder);
      if (to === "live") await writeOnlyToDatabase(folder, "last");
      await loseControl(folder);
      await expect(openStorage({ folder, env: {} })).rejects.toMatchObject({
        code: "STAGE_REFUSED",
      });
      const doctor = await runJson(["doctor", folder]);
      expect([doctor.code, doctor.answer.blockedBy[0]?.code]).toEqual([3, "control-missing"]);
      expect(doctor.answer.nextSteps).toEqual([
        `cutover doctor ${folder} --rebuild-control --dry-run`,
      ]);
      const rehearsal = await runJson(["doctor", folder, "--rebuild-control", "--dry-run"]);
      expect(rehearsal.answer["found"]).toMatchObject([
        { stage: to },
        { stage: "off" },
        { stage: "off" },
      ]);
      expect((await runJson(["doctor", folder])).code).toBe(3);
      const rebuilt = await runJson(["doctor", folder, ...rebuild]);
      expect([rebuilt.code, rebuilt.stderr]).toEqual([0, ""]);
      const after = await stageOf(folder);
      expect(after).toMatchObject({ stage: to, uncopied: ["models"] });
      expect(Object(after).epoch).toBeGreaterThan(Object(before).epoch);
      {
        await using storage = await openStorage({ folder, env: {} });
        expect(await storage.collection(models).count()).toBe(to === "live" ? 41 : 40);
      }
      for (const verb of ["backfill", "verify"])
        expect([verb, (await run([verb, folder])).code]).toEqual([verb, 0]);
      expect((await run(["rollback", folder, "--yes"])).code).toBe(0);
      const wanted = to === "live" ? "last" : "m39";
      expect(Object.keys(await fileIn(folder, "models.json")).at(-1)).toBe(wanted);
    },
  );

  it("is rebuilt where an older copy of it was put back, which knows too little", async () => {
    const folder = await movedFolder(["start"]);
    const place = join(folder, ".cutover", "control.db");
    await cp(place, `${folder}.control`);
    for (const verb of ["backfill", "verify", "switch"]) await run([verb, folder, ...modelsUnit]);
    await cp(`${folder}.control`, place);
    const doctor = await runJson(["doctor", folder]);
    expect([doctor.code, doctor.answer.blockedBy[0]?.code]).toEqual([3, "unit-contradicted"]);
    expect((await run(["doctor", folder, ...rebuild])).code).toBe(0);
    expect(await stageOf(folder)).toMatchObject({ stage: "live" });
  });

  it("keeps what both stores held, whatever was decided", async () => {
    const folder = await movedFolder(toLive);
    await writeOnlyToDatabase(folder, "last");
    await loseControl(folder);
    const { answer } = await runJson(["doctor", folder, ...rebuild]);
    const aside = String(answer["keptAside"]);
    expect(Object.keys(await fileIn(join(aside, "json"), "models.json"))).toHaveLength(40);
    const path = join(aside, "database.db");
    await using copy = sqliteBackend({ path, collections: [models] });
    expect(await copy.collection(models).has("last")).toBe(true);
    const old = await runJson(["prune", folder, "--older-than", "0", "--dry-run"]);
    expect(JSON.stringify(old.answer)).toContain(aside);
  });

  it.each([
    ["neither store knows of it", ["app.db", ".cutover/engine/epochs.json"]],
    ["the database does not know of it", ["app.db"]],
    ["the files do not know of it", [".cutover/engine/epochs.json"]],
  ])(
    "is rebuilt again after a rebuild that died while %s: the same store is in charge",
    async (_what, unsigned) => {
      const folder = await movedFolder(toLive);
      await writeOnlyToDatabase(folder, "last");
      await loseControl(folder);
      const before = await mkdtemp(join(tmpdir(), "cutover-before-"));
      for (const name of unsigned) await cp(join(folder, name), join(before, basename(name)));
      expect((await run(["doctor", folder, ...rebuild])).code).toBe(0);
      for (const name of unsigned) await cp(join(before, basename(name)), join(folder, name));
      const state = join(folder, ".cutover");
      await rename(join(state, "control.db"), join(state, "control.restoring.db"));
      await expect(openStorage({ folder, env: {} })).rejects.toMatchObject({
        code: "STAGE_REFUSED",
      });
      const again = await runJson(["doctor", folder, ...rebuild]);
      expect([again.code, again.answer.blockedBy, again.stderr]).toEqual([0, [], ""]);
      expect(await stageOf(folder)).toMatchObject({ stage: "live", uncopied: ["models"] });
      await using storage = await openStorage({ folder, env: {} });
      expect(await storage.collection(models).has("last")).toBe(true);
    },
  );

  it("is not rebuilt where the stores contradict each other and differ, before somebody decides", async () => {
    const folder = await movedFolder(toLive);
    await writeOnlyToDatabase(folder, "last");
    {
      const path = join(folder, "app.db");
      await using database = sqliteBackend({ path, collections: [epochs] });
      await database.collection(epochs).delete("assets/models");
    }
    await loseControl(folder);
    const refused = await runJson(["doctor", folder, ...rebuild]);
    expect([refused.code, refused.answer.blockedBy[0]?.code]).toEqual([4, "STAGE_REFUSED"]);
    expect(refused.answer.blockedBy[0]?.message).toContain("1 records differ");
    expect((await runJson(["doctor", folder])).answer.blockedBy[0]?.code).toBe("control-missing");
    const decided = await run(["doctor", folder, ...rebuild, "--authority", "sqlite"]);
    expect([decided.code, decided.stderr]).toEqual([0, ""]);
    expect(await stageOf(folder)).toMatchObject({ stage: "live" });
    await using storage = await openStorage({ folder, env: {} });
    expect(await storage.collection(models).has("last")).toBe(true);
  });

  it("is noticed where all of .cutover is gone, so that no old file is served, and rebuilt", async () => {
    const folder = await movedFolder(toLive);
    await writeOnlyToDatabase(folder, "last");
    await rm(join(folder, ".cutover"), { recursive: true });
    await expect(openStorage({ folder, env: {} })).rejects.toMatchObject({ code: "STAGE_REFUSED" });
    expect((await run(["start", folder])).code).toBe(4);
    const doctor = await runJson(["doctor", folder]);
    expect([doctor.code, doctor.answer.blockedBy[0]?.code]).toEqual([3, "control-missing"]);
    expect(await run(["doctor", folder, ...rebuild])).toMatchObject({ code: 0, stderr: "" });
    await using storage = await openStorage({ folder, env: {} });
    expect(await storage.collection(models).has("last")).toBe(true);
  });

  it("is not missed where its units were cancelled before all of .cutover was deleted", async () => {
    const folder = await movedFolder([...toLive, "reverse", "cancel"]);
    await rm(join(folder, ".cutover"), { recursive: true });
    expect((await run(["doctor", folder])).code).toBe(0);
    await using storage = await openStorage({ folder, env: {} });
    expect(await storage.collection(models).count()).toBe(40);
  });

  it("is not rebuilt while a process has the folder open, nor where it is there, nor without --yes", async () => {
    const folder = await movedFolder(["start", "backfill"]);
    expect((await run(["doctor", folder, ...rebuild])).code).toBe(4);
    expect((await run(["doctor", folder, "--rebuild-control"])).code).toBe(2);
    expect((await run(["doctor", folder, "--authority", "json"])).code).toBe(2);
    expect((await run(["doctor", folder, ...rebuild, "--authority", "nobody"])).code).toBe(2);
    const writer = new Writer(folder);
    await writer.writes(3);
    expect((await run(["doctor", folder, ...rebuild])).code).toBe(5);
    expect((await writer.end()).code).toBe(0);
    expect((await run(["doctor", await gradualFolder(), ...rebuild])).code).toBe(4);
    await loseControl(folder);
    await writeFile(join(folder, ".cutover", "control.db"), "no database at all");
    expect((await run(["doctor", folder, ...rebuild])).code).toBe(0);
    expect(await stageOf(folder)).toMatchObject({ stage: "dualwrite" });
  });
});
