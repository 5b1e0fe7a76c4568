import { describe, expect, it } from "vitest";
import { gradualFolder } from "../units/gradual-scene.ts";
import { run, runJson } from "./run.ts";

const actionsOf = (entries: unknown): unknown[] =>
  Array.isArray(entries) ? entries.map((entry: { action: string }) => entry.action) : [];

describe("log", () => {
  it("tells everything, also when no unit moves any more", async () => {
    const folder = await gradualFolder();
    const unit = ["--unit", "logs"];
    for (const verb of ["start", "backfill", "cancel"]) await run([verb, folder, ...unit]);
    const { code, answer } = await runJson(["log", folder]);
    expect(code).toBe(0);
    expect(actionsOf(answer["entries"])).toEqual(["cancel", "advance", "backfill", "start"]);
    const newest = await runJson(["log", folder, "--limit", "1"]);
    expect(actionsOf(newest.answer["entries"])).toEqual(["cancel"]);
    expect(newest.answer["older"]).toBe(3);
    expect(actionsOf((await runJson(["log", folder, ...unit])).answer["entries"])).toHaveLength(4);
    const other = ["--unit", "assets/tags"];
    expect((await runJson(["log", folder, ...other])).answer["entries"]).toEqual([]);
  });

  it("tells what was done to a folder that moved as a whole", async () => {
    const folder = await gradualFolder({});
    expect((await run(["log", folder])).stdout).toContain("Nothing was done yet.");
    await run(["migrate", folder, "--yes"]);
    await run(["rollback", folder, "--yes"]);
    const { answer } = await runJson(["log", folder]);
    expect(actionsOf(answer["entries"])).toEqual(["rollback", "migrate"]);
  });

  it.each([["0"], ["many"], ["-1"]])("refuses --limit %s", async (limit) => {
    expect((await run(["log", await gradualFolder(), `--limit=${limit}`])).code).toBe(2);
  });
});

describe("--version", () => {
  it("prints the package's version, and ends well", async () => {
    expect(await run(["--version"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});
