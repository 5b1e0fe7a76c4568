import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { defineCollection, isStorageError, text, type ControlStore } from "@cutover/core";
import { sqliteControl } from "@cutover/kysely/control";
import { describe, expect, it } from "vitest";
import { openStorage } from "../../src/open-storage.ts";
import { run, runJson } from "../commands/run.ts";
import { gradualFolder } from "./gradual-scene.ts";
import { command, endOf } from "./processes.ts";

const models = defineCollection({ name: "models", fields: { name: text() } });
const name = "assets/models";
const unit = ["--unit", name];

const walks = {
  off: [],
  dualwrite: ["start"],
  shadow: ["start", "backfill", "verify"],
  live: ["start", "backfill", "verify", "switch", "verify"],
} as const;

/** A folder whose unit is at a stage, with a control store at any. */
async function folderAt(stage: keyof typeof walks): Promise<string> {
  const folder = await gradualFolder();
  await run(["start", folder, "--unit", "logs"]);
  for (const verb of walks[stage]) expect((await run([verb, folder, ...unit])).code).toBe(0);
  return folder;
}

async function withControl<T>(
  folder: string,
  work: (control: ControlStore) => Promise<T>,
): Promise<T> {
  const control = sqliteControl({ path: join(folder, ".cutover", "control.db") });
  await control.open();
  try {
    return await work(control);
  } finally {
    await control.close();
  }
}

async function stageOf(folder: string): Promise<unknown> {
  const { answer } = await runJson(["status", folder, ...unit]);
  return answer["units"];
}

/** Resolves when another process has the turn to change the unit, or its mirror. */
async function isChanging(control: ControlStore): Promise<void> {
  for (;;) {
    try {
      const lock = await control.lock(`drain:${name}`, "exclusive", { timeoutMs: 0 });
      lock.release();
      await sleep(3);
    } catch (error) {
      if (isStorageError(error, "LOCK_TIMEOUT")) return;
      throw error;
    }
  }
}

/** The application still reads and writes. */
async function goesOn(folder: string): Promise<void> {
  await using storage = await openStorage({ folder, env: {} });
  await storage.collection(models).put("after", { name: "after" });
  expect(await storage.collection(models).count()).toBe(41);
}

describe.each([
  ["start", "off", "dualwrite"],
  ["switch", "shadow", "live"],
  ["reverse", "live", "shadow"],
  ["cancel", "shadow", "off"],
] as const)("Ctrl-C in a %s", (verb, from, to) => {
  it(`that waits for a writer ends with 130, leaves the unit at ${from}, holds nobody up, and can be typed again`, async () => {
    const folder = await folderAt(from);
    await withControl(folder, async (control) => {
      // A writer that takes its time: the change cannot be made before it has ended.
      const writer = await control.lock(`writers:${name}`, "shared", { timeoutMs: 1000 });
      const child = command([verb, folder, ...unit]);
      const ended = endOf(child);
      await Promise.race([isChanging(control), ended]);
      child.kill("SIGINT");
      expect(await ended).toBe(130);
      expect(await stageOf(folder)).toMatchObject([{ stage: from }]);
      writer.release();
    });
    await goesOn(folder);
    expect((await run([verb, folder, ...unit])).code).toBe(0);
    expect(await stageOf(folder)).toMatchObject([{ stage: to }]);
    await goesOn(folder);
  });
});

describe("Ctrl-C in a verify", () => {
  it("that waits for what a writer has marked ends with 130, and the next one compares everything", async () => {
    const folder = await folderAt("shadow");
    await withControl(folder, async (control) => {
      const writer = await control.lock(`writers:${name}`, "shared", { timeoutMs: 1000 });
      const mark = await control.mark(name, [{ collection: "models", key: "m1" }]);
      const child = command(["verify", folder, ...unit]);
      let told = "";
      child.stderr?.on("data", (chunk: Buffer) => (told += chunk.toString("utf8")));
      while (!told.includes("made equal first")) await once(child.stderr ?? child, "data");
      child.kill("SIGINT");
      expect(await endOf(child)).toBe(130);
      const targets = [{ collection: "models", key: "m1" }];
      await control.settle(name, { mark, targets, moved: [] });
      writer.release();
    });
    expect(await stageOf(folder)).toMatchObject([{ stage: "shadow" }]);
    const { code, answer } = await runJson(["verify", folder, ...unit]);
    expect([code, answer.canAdvance]).toEqual([0, true]);
    await goesOn(folder);
  });
});
