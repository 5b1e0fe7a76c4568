import { mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonValue } from "@cutover/core";
import { writeLookalike } from "@cutover/fixtures";
import { describe, expect, it } from "vitest";
import { withMigrationLock } from "../../src/state/migration-lock.ts";
import { readRecord } from "../../src/state/record-file.ts";
import { filesOf, lookalikeFolder, targetIn, withDatabase } from "../migration/scene.ts";
import { run, runJson } from "./run.ts";

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "cutover-commands-"));
  await writeLookalike(path, { scale: { node_metadata: 0.01, usage_cache: 0.1 } });
  return path;
}

/** Everything in the folder with its time of change: equal when nothing was written. */
async function fingerprint(path: string): Promise<string[]> {
  const names = await readdir(path, { recursive: true });
  const stats = await Promise.all(names.map((name) => stat(join(path, name), { bigint: true })));
  return names.map((name, index) => `${name} ${stats[index]?.mtimeNs} ${stats[index]?.ino}`);
}

describe("the verbs on a folder", () => {
  it("take it to the database and back, each ending with what to type next", async () => {
    const path = await folder();
    const before = await filesOf(targetIn(path));

    const plan = await runJson(["plan", path]);
    expect(plan).toMatchObject({ code: 0, answer: { ok: true, canAdvance: true } });
    expect(plan.answer.nextSteps).toEqual([`cutover migrate ${path}`]);

    const migrated = await runJson(["migrate", path]);
    expect(migrated).toMatchObject({
      code: 0,
      answer: { outcome: "migrated", epoch: 1, reversible: true },
    });
    expect(migrated.answer.nextSteps).toContain(`cutover rollback ${path}`);

    const verified = await runJson(["verify", path]);
    expect(verified).toMatchObject({ code: 0, answer: { isSound: true, isWrittenSince: false } });

    const status = await runJson(["status", path]);
    expect(status).toMatchObject({ code: 0, answer: { backend: "sqlite", epoch: 1 } });

    const back = await runJson(["rollback", path, "--yes"]);
    expect(back).toMatchObject({ code: 0, answer: { outcome: "rolled-back", epoch: 2 } });
    expect(await filesOf(targetIn(path))).toEqual(before);
  });

  it("print text that names the records, the files and the database", async () => {
    const path = await folder();
    const { stdout, code } = await run(["migrate", path]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/download_history +download_history\.json +100/);
    expect(stdout).toContain(join(path, "wmd_data.db"));
    expect(stdout).toContain(`cutover rollback ${path}`);
  });

  it.each([["plan"], ["status"], ["verify"], ["migrate", "--dry-run"]])(
    "%s %s writes nothing",
    async (verb, ...flags) => {
      const path = await folder();
      const before = await fingerprint(path);
      expect((await run([verb ?? "", path, ...flags])).code).toBe(0);
      expect(await fingerprint(path)).toEqual(before);
    },
  );

  it.each([["status"], ["verify"]])("%s writes nothing to a database either", async (verb) => {
    const path = await folder();
    await run(["migrate", path]);
    const before = await fingerprint(path);
    expect((await run([verb, path])).code).toBe(0);
    expect(await fingerprint(path)).toEqual(before);
  });

  it("rollback --dry-run leaves the files and the record as they are", async () => {
    const path = await folder();
    await run(["migrate", path]);
    const target = targetIn(path);
    const before = await filesOf(target);
    const ran = await runJson(["rollback", path, "--dry-run"]);
    expect(ran).toMatchObject({ code: 0, answer: { outcome: "rehearsed" } });
    expect(await filesOf(target)).toEqual(before);
    expect((await readRecord(path))?.epoch).toBe(1);
  });

  it.each([["rollback"], ["restore"]])(
    "%s asks, and does nothing when nobody answers",
    async (verb) => {
      const path = await folder();
      await run(["migrate", path]);
      const { code, stderr } = await run([verb, path, ...(verb === "restore" ? [path] : [])]);
      expect(code).toBe(2);
      expect(stderr).toContain(path);
      expect(stderr).toContain("--yes");
      expect((await readRecord(path))?.epoch).toBe(1);
    },
  );

  it("refuse a mistyped option before anything happens", async () => {
    const path = await folder();
    expect((await run(["migrate", path, "--dryrun"])).code).toBe(2);
    expect(await readRecord(path)).toBeUndefined();
  });
});

describe("exit codes", () => {
  it("3 with every finding's file, line and column for records that cannot be taken over", async () => {
    const path = await folder();
    await writeFile(join(path, "usage_cache.json"), '{\n "a": 1,\n "b": "\\ud800"\n}');
    const text = await run(["migrate", path]);
    expect(text.code).toBe(3);
    expect(text.stdout).toContain("usage_cache.json:3:8");
    expect(text.stdout).toContain("$.b");
    const { code, answer } = await runJson(["migrate", path]);
    expect(code).toBe(3);
    expect(answer.blockedBy).toMatchObject([{ code: "dirty-records" }]);
    expect(answer.nextSteps).toEqual([`cutover migrate ${path} --quarantine`]);
    expect((await run(["migrate", path, "--quarantine"])).code).toBe(0);
  });

  it("3 for a file that is no JSON, with no way round it", async () => {
    const path = await folder();
    await writeFile(join(path, "settings.json"), '{"token": "hf_secret",}');
    for (const flags of [[], ["--quarantine"]]) {
      const ran = await run(["migrate", path, ...flags]);
      expect(ran.code).toBe(3);
      expect(ran.stdout).toContain("settings.json:1:");
      expect(ran.stdout + ran.stderr).not.toContain("hf_secret");
    }
  });

  it("3 for originals that were edited, and 0 once they are merged", async () => {
    const path = await folder();
    await run(["migrate", path]);
    const file = join(path, "settings.json");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("{", '{\n  "edited": true,'));
    const refused = await runJson(["rollback", path, "--yes"]);
    expect(refused.code).toBe(3);
    expect(refused.answer.blockedBy).toMatchObject([{ code: "originals-edited" }]);
    expect(refused.answer.nextSteps).toContain(`cutover rollback ${path} --merge`);
    expect((await runJson(["status", path])).answer).toMatchObject({
      canAdvance: false,
      edited: [{ file: "settings.json", state: "edited" }],
    });
    expect((await run(["rollback", path, "--yes", "--merge"])).code).toBe(0);
    expect(await readFile(file, "utf8")).toContain('"edited": true');
  });

  it("4 for a folder that is migrated already, or not at all", async () => {
    const path = await folder();
    const early = await runJson(["rollback", path, "--yes"]);
    expect(early).toMatchObject({ code: 4, answer: { blockedBy: [{ code: "STAGE_REFUSED" }] } });
    expect(early.answer.nextSteps).toEqual([`cutover status ${path}`]);
    await run(["migrate", path]);
    expect((await run(["migrate", path])).code).toBe(4);
    expect((await run(["plan", path])).code).toBe(4);
  });

  it("5 while another operator is at work", async () => {
    const path = await folder();
    await withMigrationLock(path, async () => {
      const ran = await runJson(["migrate", path]);
      expect(ran).toMatchObject({ code: 5, answer: { blockedBy: [{ code: "LOCK_TIMEOUT" }] } });
    });
  });

  it("2 for a folder that is not there", async () => {
    expect((await run(["migrate", "/nowhere/at/all"])).code).toBe(2);
  });

  it("130 when it is interrupted, with nothing changed", async () => {
    const path = await folder();
    const { Interrupted } = await import("../../src/output/error-report.ts");
    const ran = await run(["migrate", path], AbortSignal.abort(new Interrupted("stop")));
    expect(ran.code).toBe(130);
    expect(await readRecord(path)).toBeUndefined();
  });
});

describe("backup and restore", () => {
  it("bring back what the database held, and keep what was there", async () => {
    const target = await lookalikeFolder();
    const backup = join(await mkdtemp(join(tmpdir(), "cutover-backup-")), "backup.db");
    const [settings] = target.collections;
    if (settings === undefined) throw new Error("no settings");
    await run(["migrate", target.folder]);
    await withDatabase(target, (store) => store.collection<JsonValue>(settings).put("x", 1));
    expect((await run(["backup", target.folder, backup])).code).toBe(0);
    await withDatabase(target, (store) => store.collection<JsonValue>(settings).put("x", 2));

    const { code, answer } = await runJson(["restore", target.folder, backup, "--yes"]);
    expect(code).toBe(0);
    await withDatabase(target, async (store) => {
      expect(await store.collection<JsonValue>(settings).get("x")).toBe(1);
    });
    const kept = { ...target, databasePath: String(answer["keptAside"]) };
    await withDatabase(kept, async (store) => {
      expect(await store.collection<JsonValue>(settings).get("x")).toBe(2);
    });
    expect(await readRecord(target.folder)).toMatchObject({ backend: "sqlite", epoch: 2 });
    expect((await run(["rollback", target.folder, "--yes"])).code).toBe(0);
    const text = await readFile(join(target.folder, "settings.json"), "utf8");
    expect(JSON.parse(text)).toMatchObject({ x: 1 });
  });

  it("bring back the JSON files byte for byte", async () => {
    const target = await lookalikeFolder();
    const before = await filesOf(target);
    const backup = join(await mkdtemp(join(tmpdir(), "cutover-backup-")), "backup");
    expect((await run(["backup", target.folder, backup])).code).toBe(0);
    await writeFile(join(target.folder, "settings.json"), "{}");
    expect((await run(["restore", target.folder, backup, "--yes"])).code).toBe(0);
    expect(await filesOf(target)).toEqual(before);
  });

  it("refuse a backup of the store that is not in charge", async () => {
    const target = await lookalikeFolder();
    const backup = join(await mkdtemp(join(tmpdir(), "cutover-backup-")), "backup");
    await run(["backup", target.folder, backup]);
    await run(["migrate", target.folder]);
    const { code, answer } = await runJson(["restore", target.folder, backup, "--yes"]);
    expect(code).toBe(4);
    expect(answer.nextSteps).toEqual([`cutover rollback ${target.folder}`]);
  });
});
