import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { InMemoryProvider, OpenFeature } from "@openfeature/server-sdk";
import { defineCollection, openStorage, text } from "cutover";
import { describe, expect, it, onTestFinished } from "vitest";
import { stageRequest } from "../src/stage-request.ts";

const models = defineCollection({ name: "models", fields: { source: text() } });
const config = fileURLToPath(new URL("../cutover.config.ts", import.meta.url));
const cutover = fileURLToPath(import.meta.resolve("cutover")).replace(/index\.([tj]s)$/, "bin.$1");
const run = promisify(execFile);

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cutover-flag-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "models.json"), '{"flux": {"source": "huggingface"}}');
  return folder;
}

async function typed(folder: string, verb: string): Promise<Record<string, unknown>> {
  const args = [
    "--conditions=@cutover/source",
    cutover,
    verb,
    folder,
    "--config",
    config,
    "--json",
  ];
  const { stdout } = await run(process.execPath, args);
  const answer: Record<string, unknown> = JSON.parse(stdout);
  return answer;
}

async function unitsOf(folder: string): Promise<unknown> {
  return (await typed(folder, "status"))["units"];
}

async function put(folder: string, key: string): Promise<void> {
  await using storage = await openStorage({ config, folder, env: {} });
  await storage.collection(models).put(key, { source: "civitai" });
}

describe("a feature flag", () => {
  it("asks for a stage, which is shown, and the control record decides where data is read and written", async () => {
    const folder = await dataFolder();
    await typed(folder, "start");
    expect(await unitsOf(folder)).toMatchObject([
      { unit: "assets/models", stage: "dualwrite", authority: "json", asked: "live" },
      { unit: "platform/settings", stage: "dualwrite" },
    ]);
    await put(folder, "one");
    expect(await readFile(join(folder, "models.json"), "utf8")).toContain("civitai");
    for (const verb of ["backfill", "verify", "switch"]) await typed(folder, verb);
    expect(await unitsOf(folder)).toMatchObject([
      { unit: "assets/models", stage: "live", authority: "sqlite", asked: "live" },
      { unit: "platform/settings", stage: "live" },
    ]);
    await using storage = await openStorage({ config, folder, env: {} });
    expect(await storage.collection(models).count()).toBe(2);
  });

  it("that names no stage, or is not there, asks for nothing", async () => {
    const variants = { odd: "somewhere else" };
    const flag = { variants, defaultVariant: "odd", disabled: false };
    await OpenFeature.setProviderAndWait("odd", new InMemoryProvider({ "cutover-stage": flag }));
    expect(await stageRequest(OpenFeature.getClient("odd"))("assets/models")).toBeUndefined();
    await OpenFeature.setProviderAndWait("empty", new InMemoryProvider({}));
    expect(await stageRequest(OpenFeature.getClient("empty"))("assets/models")).toBeUndefined();
  });
});
