import { once } from "node:events";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineCollection, text } from "@cutover/core";
import { describe, expect, it } from "vitest";
import { openStorage } from "../../src/open-storage.ts";
import type { StorageWarning } from "../../src/project/storage-warning.ts";
import { run, runJson } from "../commands/run.ts";
import { fileIn, gradualFolder, teams } from "./gradual-scene.ts";
import { command, endOf } from "./processes.ts";

const models = defineCollection({ name: "models", fields: { name: text() } });
const unit = ["--unit", "assets/models"];

async function stagesOf(folder: string): Promise<unknown[]> {
  const { answer } = await runJson(["status", folder]);
  return [answer["units"]].flat().map((view) => JSON.stringify(view, ["stage"]));
}

describe("Ctrl-C in a backfill", () => {
  it("ends with 130, leaves the stage as it was, and the next one goes on", async () => {
    const folder = await gradualFolder(undefined, 3000);
    await run(["start", folder, ...unit]);
    const child = command(["backfill", folder, ...unit, "--rate", "200"]);
    let told = "";
    child.stderr?.on("data", (chunk: Buffer) => (told += chunk.toString("utf8")));
    while (!told.includes("held to 200/s")) await once(child.stderr ?? child, "data");
    child.kill("SIGINT");
    expect(await endOf(child)).toBe(130);
    const { answer } = await runJson(["status", folder, ...unit]);
    expect(answer["units"]).toMatchObject([{ stage: "dualwrite", uncopied: ["models"] }]);
    expect((await run(["backfill", folder, ...unit])).code).toBe(0);
    expect((await run(["verify", folder, ...unit])).code).toBe(0);
  });
});

describe("two operators in two processes", () => {
  it("start the same units: one does, the other is refused, or busy, and nothing is done twice", async () => {
    const folder = await gradualFolder();
    const both = [command(["start", folder]), command(["start", folder])];
    const codes = await Promise.all(both.map(endOf));
    expect(codes.filter((code) => code === 0)).toHaveLength(1);
    expect(codes.every((code) => code === 0 || code === 4 || code === 5)).toBe(true);
    const { answer } = await runJson(["log", folder]);
    expect(answer["entries"]).toHaveLength(3);
  });
});

describe("status --watch", () => {
  it("draws until it is ended, and ends well", async () => {
    const folder = await gradualFolder();
    await run(["start", folder]);
    const child = command(["status", folder, "--watch"]);
    let shown = "";
    child.stdout?.on("data", (chunk: Buffer) => (shown += chunk.toString("utf8")));
    while (shown.split("assets/models").length < 3) await once(child.stdout ?? child, "data");
    child.kill("SIGINT");
    expect(await endOf(child)).toBe(0);
    expect(shown).toContain("dualwrite e1");
  });

  it("is refused for a folder that moves as a whole, and with --json", async () => {
    expect((await run(["status", await gradualFolder({}), "--watch"])).code).toBe(2);
    expect((await run(["status", await gradualFolder(), "--watch", "--json"])).code).toBe(2);
  });
});

const open = async (folder: string, more: object = {}): Promise<readonly StorageWarning[]> => {
  const warnings: StorageWarning[] = [];
  const onWarning = (warning: StorageWarning): void => void warnings.push(warning);
  await using storage = await openStorage({ folder, env: {}, onWarning, ...more });
  expect(await storage.collection(models).count()).toBe(40);
  return warnings;
};
const everywhere = (stage: string): unknown[] =>
  Array.from({ length: 3 }, () => JSON.stringify({ stage }));

describe("autoMigrate", () => {
  it("moves everything when the application starts; of several at once, all serve the same", async () => {
    const folder = await gradualFolder({ teams, cutover: { autoMigrate: true } });
    expect(await Promise.all([open(folder), open(folder), open(folder)])).toEqual([[], [], []]);
    expect(await stagesOf(folder)).toEqual(everywhere("live"));
  });

  it("does not move again what somebody took back", async () => {
    const folder = await gradualFolder({ cutover: { autoMigrate: true } });
    await open(folder);
    await open(folder, { argv: ["--use-json"] });
    expect(await open(folder)).toEqual([]);
    expect(await stagesOf(folder)).toEqual(everywhere("shadow"));
    await run(["rollback", folder, "--yes"]);
    await open(folder);
    expect(await stagesOf(folder)).toEqual(everywhere("off"));
    expect(Object.keys(await fileIn(folder, "models.json"))).toHaveLength(40);
  });

  it("leaves a large folder alone, and says so", async () => {
    const folder = await gradualFolder({ cutover: { autoMigrate: { mostBytes: 100 } } });
    const warnings = await open(folder);
    expect(warnings).toMatchObject([{ code: "not-migrated" }]);
    expect(warnings[0]?.message).toContain(`cutover migrate ${folder}`);
  });
});

describe("stageRequest", () => {
  it("is shown beside the stage, and moves nothing", async () => {
    const folder = await gradualFolder();
    await run(["start", folder]);
    await rename(join(folder, "cutover.config.json"), join(folder, "config.json.txt"));
    const source = `
      import { defineCollection, defineConfig, text } from "cutover";
      export default defineConfig({
        database: "app.db",
        collections: [
          defineCollection({ name: "models", fields: { name: text() } }),
          defineCollection({ name: "tags" }),
          defineCollection({ name: "logs" }),
        ],
        teams: { assets: { collections: ["models", "tags"] } },
        cutover: { stageRequest: async (unit) => (unit === "logs" ? "live" : undefined) },
      });`;
    await writeFile(join(folder, "cutover.config.ts"), source);
    const child = command(["status", folder]);
    let shown = "";
    child.stdout?.on("data", (chunk: Buffer) => (shown += chunk.toString("utf8")));
    const ended = child.stdout === null ? [] : await once(child.stdout, "end");
    expect([ended, await endOf(child)]).toEqual([[], 0]);
    const lines = shown.split("\n").filter((line) => line.includes("dualwrite e1"));
    expect(lines).toHaveLength(3);
    expect(lines.filter((line) => line.includes("asked for live"))).toEqual([
      expect.stringContaining("logs"),
    ]);
  });
});
