import { cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineCollection, text, type StorageBackend } from "@cutover/core";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import { describe, expect, it } from "vitest";
import { openStorage } from "../../src/open-storage.ts";
import { withMigrationLock } from "../../src/state/migration-lock.ts";
import { run, runJson } from "../commands/run.ts";
import { fileIn, gradualFolder, teams, writeConfig } from "./gradual-scene.ts";

const unit = ["--unit", "assets/tags"];
const tags = defineCollection({ name: "tags" });
const searched = defineCollection({ name: "old", fields: { title: text() }, search: ["title"] });

async function walked(verbs: readonly string[], more?: object): Promise<string> {
  const folder = await gradualFolder(more);
  for (const verb of verbs) {
    const ran = await run([verb, folder, ...unit, ...(verb === "complete" ? ["--yes"] : [])]);
    expect([verb, ran.code, ran.stderr]).toEqual([verb, 0, ""]);
  }
  return folder;
}

/** So long that no identifier and no folder happens to have it in its name. */
const secret = 98_765_432_109;

/** Changes the database as somebody would who knows nothing of any of this. */
async function writeToDatabase(folder: string): Promise<void> {
  await using database = sqliteBackend({ path: join(folder, "app.db"), collections: [tags] });
  await database.collection(tags).put("red", { n: secret });
}

describe("a refused change ends with the command to type", () => {
  it.each([
    ["backfill", [], "was started yet", "cutover start"],
    ["switch", [], "was started yet", "cutover start"],
    ["rollback", [], "already", "cutover status"],
    ["switch", ["start"], "there is no switch", "cutover status"],
    ["verify", ["start"], "not copied completely", "cutover backfill"],
    ["switch", ["start", "backfill"], "were not compared", "cutover verify"],
    ["complete", ["migrate", "complete"], "reverse window is open", "cutover status"],
    ["cancel", ["migrate"], "there is no cancel", "cutover status"],
    ["start", ["start"], "there is no start", "cutover status"],
  ])("%s after %j, with exit code 4", async (verb, verbs, words, next) => {
    const folder = await walked(verbs);
    const flags = ["complete", "rollback"].includes(verb) ? ["--yes"] : [];
    const { code, answer } = await runJson([verb, folder, ...unit, ...flags]);
    expect(code).toBe(4);
    expect(answer).toMatchObject({ ok: false, canAdvance: false });
    expect(answer.blockedBy[0]?.message).toContain(words);
    expect(answer.nextSteps[0]).toContain(`${next} ${folder}`);
  });

  it("switch after a verification that is not fresh any more", async () => {
    const more = { teams, cutover: { freshMinutes: 0.000_01 } };
    const folder = await walked(["start", "backfill", "verify"], more);
    const { code, answer } = await runJson(["switch", folder, ...unit]);
    expect(code).toBe(4);
    expect(answer["units"]).toMatchObject([{ blockedBy: [{ code: "STAGE_REFUSED" }] }]);
    expect(answer.blockedBy[0]?.message).toContain("not fresh");
    expect(answer.nextSteps[0]).toBe(`cutover verify ${folder} --unit assets/tags`);
    const forced = await run(["switch", folder, ...unit, "--force", "--reason", "we know"]);
    expect(forced.code).toBe(0);
  });

  it("--force without a reason is a usage error", async () => {
    const folder = await walked(["start"]);
    const { code, stderr } = await run(["switch", folder, "--force"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--reason")]);
  });

  it("a rehearsal changes nothing, and ends as the change would", async () => {
    const folder = await walked(["start", "backfill"]);
    const before = await runJson(["status", folder]);
    for (const verb of ["switch", "cancel", "start", "backfill"]) {
      await run([verb, folder, "--dry-run"]);
    }
    const { code, answer } = await runJson(["switch", folder, ...unit, "--dry-run"]);
    expect([code, answer.blockedBy[0]?.code]).toEqual([4, "unverified"]);
    const after = await runJson(["status", folder]);
    const stages = (ran: typeof after): unknown[] =>
      [ran.answer["units"]].flat().map((view) => JSON.stringify(view, ["unit", "stage", "epoch"]));
    expect(stages(after)).toEqual(stages(before));
  });

  it("complete asks before it gives the files up", async () => {
    const folder = await walked(["migrate", "complete"], {
      teams,
      cutover: { reverseWindowDays: 0 },
    });
    const { code, stderr } = await run(["complete", folder, ...unit]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("Give up the JSON files")]);
  });
});

describe("what somebody wrote past the library", () => {
  it("is found, closes the way on, is decided, and the way is open again", async () => {
    const folder = await walked(["start", "backfill"]);
    await writeToDatabase(folder);
    const found = await runJson(["verify", folder, ...unit]);
    expect(found.code).toBe(3);
    expect(found.answer.nextSteps).toEqual([
      `cutover mismatches list ${folder} --unit assets/tags`,
      `cutover repair ${folder} --unit assets/tags`,
    ]);
    expect((await run(["switch", folder, ...unit])).code).toBe(4);
    const listed = await runJson(["mismatches", folder]);
    expect(listed.code).toBe(3);
    expect(listed.answer["mismatches"]).toMatchObject([{ collection: "tags", key: "red" }]);
    // Values may be secret.
    expect(listed.stdout).not.toContain(String(secret));
    expect((await runJson(["mismatches", "show", folder, "tags", "red"])).code).toBe(3);
    expect((await run(["mismatches", "show", folder, "tags", "blue"])).code).toBe(2);
    expect((await run(["repair", folder, "--dry-run", "--discard"])).code).toBe(0);
    expect((await runJson(["repair", folder, "--discard"])).answer.ok).toBe(true);
    expect((await run(["mismatches", "recheck", folder])).code).toBe(0);
    expect((await run(["verify", folder, ...unit])).code).toBe(0);
    expect((await run(["switch", folder, ...unit])).code).toBe(0);
  });

  it("can be ignored with a reason", async () => {
    const folder = await walked(["start", "backfill"]);
    await writeToDatabase(folder);
    await run(["verify", folder, ...unit]);
    expect((await run(["mismatches", "ignore", folder, "tags", "red"])).code).toBe(2);
    const decision = ["ignore", folder, "tags", "red", "--reason", "known"];
    const ignored = await runJson(["mismatches", ...decision]);
    expect(ignored.code).toBe(0);
    expect((await run(["verify", folder, ...unit])).code).toBe(0);
  });
});

const open = (folder: string, options: object): Promise<unknown> =>
  openStorage({ folder, env: {}, ...options }).then(async (storage) => {
    await storage.close();
    return storage.kind;
  });

describe("an application that asks for a store", () => {
  it("is refused by its environment where a unit is elsewhere, with the command", async () => {
    const folder = await walked(["migrate"]);
    await expect(open(folder, { env: { CUTOVER_BACKEND: "json" } })).rejects.toMatchObject({
      code: "STAGE_REFUSED",
      details: { nextCommand: `cutover reverse ${folder}` },
    });
    await expect(open(folder, { backend: "sqlite" })).rejects.toMatchObject({
      code: "STAGE_REFUSED",
      details: { nextCommand: `cutover migrate ${folder}` },
    });
  });

  it("with --use-json gets its JSON files, with everything that was written since", async () => {
    const folder = await walked(["migrate"]);
    {
      await using storage = await openStorage({ folder, env: {} });
      await storage.collection(tags).put("new", { n: 3 });
    }
    await using storage = await openStorage({ folder, env: {}, argv: ["--use-json"] });
    expect(await storage.collection(tags).get("new")).toEqual({ n: 3 });
    const { answer } = await runJson(["status", folder, ...unit]);
    expect(answer["units"]).toMatchObject([{ stage: "shadow", authority: "json" }]);
  });

  it("with --use-json is refused where a unit is complete", async () => {
    const more = { teams, cutover: { reverseWindowDays: 0 } };
    const folder = await walked(["migrate", "complete", "complete"], more);
    await expect(open(folder, { argv: ["--use-json"] })).rejects.toMatchObject({
      code: "STAGE_REFUSED",
    });
  });
});

describe("a process with another config", () => {
  it("that knows only JSON files is refused from the first start on, and follows when it opens again", async () => {
    const folder = await gradualFolder({});
    await using plain = await openStorage({ folder, env: {} });
    expect(plain.kind).toBe("json");
    await plain.collection(tags).put("before", { n: 0 });
    await writeConfig(folder);
    expect((await run(["start", folder, ...unit])).code).toBe(0);
    const refused = { code: "STAGE_REFUSED", details: { nextCommand: `cutover status ${folder}` } };
    await expect(plain.collection(tags).put("late", { n: 1 })).rejects.toMatchObject(refused);
    await expect(plain.collection(tags).get("before")).rejects.toMatchObject(refused);
    await writeConfig(folder, {});
    await using follower = await openStorage({ folder, env: {} });
    expect(follower.kind).toBe("cutover");
    await follower.collection(tags).put("after", { n: 2 });
    expect((await run(["backfill", folder, ...unit])).code).toBe(0);
    expect((await run(["verify", folder, ...unit])).code).toBe(0);
    expect((await run(["switch", folder, ...unit])).code).toBe(0);
    expect(await follower.collection(tags).get("after")).toEqual({ n: 2 });
  });

  it("that makes other units of the collections is refused when it opens, and when it had them open", async () => {
    const others = { teams: { core: { collections: ["tags"] } } };
    const folder = await gradualFolder(others);
    await using early = await openStorage({ folder, env: {} });
    await early.collection(tags).put("before", { n: 0 });
    await writeConfig(folder);
    await run(["start", folder, ...unit]);
    await expect(early.collection(tags).put("late", { n: 1 })).rejects.toMatchObject({
      code: "STAGE_REFUSED",
    });
    await writeConfig(folder, others);
    await expect(openStorage({ folder, env: {} })).rejects.toMatchObject({ code: "STAGE_REFUSED" });
  });

  it("cannot move the folder as a whole while units move", async () => {
    const folder = await walked(["start"]);
    await writeConfig(folder, {});
    const { answer } = await runJson(["migrate", folder, ...unit]);
    expect(answer.blockedBy).toEqual([]);
    expect(answer["units"]).toMatchObject([{ unit: "assets/tags", to: "live" }]);
  });
});

describe("what is missing", () => {
  it("the control store: nothing is read or written, and doctor says so", async () => {
    const folder = await walked(["migrate"]);
    await rm(join(folder, ".cutover", "control.db"));
    await expect(openStorage({ folder, env: {} })).rejects.toMatchObject({
      code: "STAGE_REFUSED",
      details: { nextCommand: `cutover doctor ${folder}` },
    });
    const { code, answer } = await runJson(["doctor", folder]);
    expect([code, answer.blockedBy[0]?.code]).toEqual([3, "control-missing"]);
  });

  it("the database of a unit that it is in charge of: an empty one is never made", async () => {
    const folder = await walked(["migrate"]);
    for (const end of ["", "-wal", "-shm"]) await rm(join(folder, `app.db${end}`), { force: true });
    await expect(openStorage({ folder, env: {} })).rejects.toMatchObject({ code: "STAGE_REFUSED" });
    expect((await run(["reverse", folder, ...unit])).code).toBe(4);
    const { answer } = await runJson(["doctor", folder]);
    expect(answer.blockedBy[0]?.code).toBe("database-missing");
  });

  it("the database of a unit that is kept equal: it can be cancelled, and started again", async () => {
    const folder = await walked(["start", "backfill"]);
    for (const end of ["", "-wal", "-shm"]) await rm(join(folder, `app.db${end}`), { force: true });
    expect((await run(["verify", folder, ...unit])).code).toBe(4);
    expect((await run(["cancel", folder, ...unit])).code).toBe(0);
    expect((await run(["migrate", folder, ...unit])).code).toBe(0);
  });

  it("nothing: doctor finds nothing", async () => {
    const folder = await walked(["migrate"]);
    const { code, answer } = await runJson(["doctor", folder]);
    expect([code, answer["findings"]]).toEqual([0, []]);
  });
});

const place = (folder: string): string => join(folder, ".cutover", "control.db");

describe("the control store", () => {
  it("that was made anew in place of the one that decides is refused", async () => {
    const folder = await walked(["migrate"]);
    const other = await walked(["start"]);
    for (const end of ["", "-wal", "-shm"]) {
      await rm(`${place(folder)}${end}`, { force: true });
      await cp(`${place(other)}${end}`, `${place(folder)}${end}`).catch(() => undefined);
    }
    await expect(openStorage({ folder, env: {} })).rejects.toMatchObject({
      code: "STAGE_REFUSED",
      message: expect.stringContaining("another one"),
    });
    const { answer } = await runJson(["doctor", folder]);
    expect(answer.blockedBy[0]?.code).toBe("control-replaced");
  });

  it("that is damaged is told, and nothing is served", async () => {
    const folder = await walked(["migrate"]);
    await writeFile(place(folder), "this is no database ".repeat(1000));
    await expect(openStorage({ folder, env: {} })).rejects.toThrow("control.db");
    expect((await run(["doctor", folder])).code).toBe(3);
  });
});

const database = (folder: string): StorageBackend =>
  sqliteBackend({ path: join(folder, "app.db"), collections: [tags, searched] });

describe("a database that is in the way of the first start", () => {
  it("is not touched if it holds anything", async () => {
    const folder = await gradualFolder();
    const theirs = database(folder);
    await theirs.collection(tags).put("theirs", { n: 1 });
    await theirs.close();
    const { code, stderr } = await run(["start", folder]);
    expect([code, stderr]).toEqual([4, expect.stringContaining("app.db exists")]);
  });

  it("is used if a start that died left it, empty", async () => {
    const folder = await gradualFolder();
    const left = database(folder);
    await left.info();
    await left.close();
    expect((await run(["start", folder])).code).toBe(0);
  });
});

describe("an editor's change of a file that is kept equal", () => {
  it("closes the way back until somebody decides, and is taken over with --adopt", async () => {
    const folder = await walked(["migrate"]);
    await writeFile(join(folder, "tags.json"), '{"red": {"n": 1}, "blue": {"n": 22}}');
    const refused = await runJson(["reverse", folder, ...unit]);
    expect(refused.code).toBe(4);
    expect(refused.answer.nextSteps[0]).toBe(`cutover repair ${folder} --unit assets/tags`);
    expect((await runJson(["repair", folder, ...unit, "--adopt"])).answer.ok).toBe(true);
    expect((await run(["reverse", folder, ...unit])).code).toBe(0);
    expect(await fileIn(folder, "tags.json")).toEqual({ red: { n: 1 }, blue: { n: 22 } });
  });
});

describe("two operators at once", () => {
  it("the second one is told that the first is at it, with exit code 5", async () => {
    const folder = await gradualFolder();
    const second = await withMigrationLock(folder, () => run(["start", folder]));
    expect(second.code).toBe(5);
    expect(second.stderr).toContain("another cutover command");
  });
});
