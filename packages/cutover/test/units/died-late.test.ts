import { access, rename } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRecord, writeRecord } from "../../src/state/record-file.ts";
import { run, runJson } from "../commands/run.ts";
import { gradualFolder, teams } from "./gradual-scene.ts";

const unit = ["--unit", "assets/models"];

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

describe("a command that died after its last change of stage", () => {
  it.each([
    ["for all units", []],
    ["for one", unit],
  ] as const)(
    "complete, %s: the same again takes the files out of the way, and ends well; once more is refused",
    async (_what, flags) => {
      const folder = await gradualFolder({ teams, cutover: { reverseWindowDays: 0 } });
      await run(["migrate", folder]);
      await run(["complete", folder]);
      await run(["complete", folder, "--yes"]);
      const file = join(folder, "models.json");
      // As it is in the moment after the change of stage.
      await rename(`${file}.bak`, file);
      const again = await runJson(["complete", folder, ...flags]);
      expect([again.code, again.answer.blockedBy]).toEqual([0, []]);
      expect([await isThere(file), await isThere(`${file}.bak`)]).toEqual([false, true]);
      expect((await run(["complete", folder, ...flags])).code).toBe(4);
    },
  );

  it.each([
    ["for all units", []],
    ["for one", unit],
  ] as const)(
    "cancel, %s: the same again puts the files in charge, and ends well",
    async (_what, flags) => {
      const folder = await gradualFolder();
      await run(["start", folder, ...unit]);
      const before = await readRecord(folder);
      expect((await run(["cancel", folder, ...unit])).code).toBe(0);
      const after = await readRecord(folder);
      if (before === undefined || after === undefined) throw new Error("there is no record");
      // As it is in the moment after the change of stage.
      await writeRecord(folder, { ...before, epoch: after.epoch + 1 });
      const again = await runJson(["cancel", folder, ...flags]);
      expect([again.code, again.answer.blockedBy]).toEqual([0, []]);
      expect((await readRecord(folder))?.backend).toBe("json");
    },
  );

  it("cancel refuses a unit that is off while another one moves", async () => {
    const folder = await gradualFolder();
    await run(["start", folder, ...unit]);
    expect((await run(["cancel", folder, "--unit", "logs"])).code).toBe(4);
  });
});
