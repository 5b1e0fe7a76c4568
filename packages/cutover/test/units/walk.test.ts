import { defineCollection } from "@cutover/core";
import { describe, expect, it } from "vitest";
import { openStorage } from "../../src/open-storage.ts";
import { readRecord } from "../../src/state/record-file.ts";
import { run, runJson } from "../commands/run.ts";
import { fileIn, gradualFolder, teams } from "./gradual-scene.ts";
import { Writer } from "./processes.ts";

const unit = ["--unit", "assets/models"];

async function stageOf(folder: string): Promise<unknown> {
  const { answer } = await runJson(["status", folder, ...unit]);
  return answer["units"];
}

describe("a unit on its way", () => {
  it("is taken to its new store and back while a process writes, which never fails, and nothing is lost", async () => {
    const folder = await gradualFolder();
    const writer = new Writer(folder);
    await writer.writes(10);
    for (const [verb, stage] of [
      ["start", "dualwrite"],
      ["backfill", "shadow"],
      ["verify", "shadow"],
      ["switch", "live"],
      ["verify", "live"],
      ["reverse", "shadow"],
      ["cancel", "off"],
    ] as const) {
      const ran = await runJson([verb, folder, ...unit]);
      expect([verb, ran.code, ran.answer.blockedBy]).toEqual([verb, 0, []]);
      await writer.writes(10);
      expect(await stageOf(folder)).toMatchObject([{ unit: "assets/models", stage }]);
    }
    const { written, code } = await writer.end();
    expect(code).toBe(0);
    const records = await fileIn(folder, "models.json");
    const wanted = Array.from({ length: written }, (_, index) => index).filter(
      (index) => !(index % 7 === 1 && index + 2 < written),
    );
    expect(Object.keys(records).filter((key) => key.startsWith("w"))).toEqual(
      wanted.map((index) => `w${index}`),
    );
    expect(Object.keys(records).filter((key) => key.startsWith("m"))).toHaveLength(40);
    expect((await readRecord(folder))?.backend).toBe("json");
  });

  it("tells the log who did what, and why", async () => {
    const folder = await gradualFolder();
    await run(["start", folder, ...unit, "--actor", "ada", "--reason", "it is time"]);
    const { answer } = await runJson(["log", folder]);
    expect(answer["entries"]).toMatchObject([
      { unit: "assets/models", action: "start", actor: "ada", details: { reason: "it is time" } },
    ]);
  });
});

describe("migrate and rollback of a folder with teams", () => {
  it("take all units to the new store in one command, and back, and the files hold everything", async () => {
    const folder = await gradualFolder();
    const moved = await runJson(["migrate", folder]);
    expect(moved.answer).toMatchObject({ ok: true, reversible: true });
    expect(moved.answer["units"]).toMatchObject([
      { unit: "assets/models", to: "live" },
      { unit: "assets/tags", to: "live" },
      { unit: "logs", to: "live" },
    ]);
    const tags = defineCollection({ name: "tags" });
    {
      await using storage = await openStorage({ folder, env: {} });
      expect(storage.kind).toBe("cutover");
      await storage.collection(tags).put("green", { n: 3 });
      await storage.collection(tags).delete("red");
    }
    const back = await runJson(["rollback", folder, "--yes"]);
    expect(back.answer).toMatchObject({ ok: true, reversible: true });
    expect(await fileIn(folder, "tags.json")).toEqual({ blue: { n: 2 }, green: { n: 3 } });
    expect(await readRecord(folder)).toMatchObject({ backend: "json", format: 1 });
  });

  it("can be interrupted between units, and go on where they were", async () => {
    const folder = await gradualFolder({ teams });
    expect((await run(["migrate", folder, "--team", "assets"])).code).toBe(0);
    const { answer } = await runJson(["migrate", folder]);
    expect(answer["units"]).toMatchObject([
      { outcome: "skipped", to: "live" },
      { outcome: "skipped", to: "live" },
      { outcome: "done", to: "live" },
    ]);
  });

  it("complete keeps the files as .bak, and then only a new hop leads back", async () => {
    const folder = await gradualFolder({ teams, cutover: { reverseWindowDays: 0 } });
    await run(["migrate", folder]);
    await run(["complete", folder, ...unit]);
    const { code, answer } = await runJson(["complete", folder, ...unit, "--yes"]);
    expect([code, answer.reversible]).toEqual([0, false]);
    expect(Object.keys(await fileIn(folder, "models.json.bak"))).toHaveLength(40);
    const back = await runJson(["rollback", folder, "--yes"]);
    expect(back.code).toBe(4);
    expect(back.answer.blockedBy[0]?.message).toContain("only a new hop leads back");
    expect(back.answer["units"]).toMatchObject([
      { unit: "assets/models", outcome: "refused", to: "complete" },
      { unit: "assets/tags", to: "off" },
      { unit: "logs", to: "off" },
    ]);
  });
});
