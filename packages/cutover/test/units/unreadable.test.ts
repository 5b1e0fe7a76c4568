import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run, runJson } from "../commands/run.ts";
import { gradualFolder } from "./gradual-scene.ts";

const unit = ["--unit", "assets/tags"];

async function copied(): Promise<string> {
  const folder = await gradualFolder();
  for (const verb of ["start", "backfill"]) await run([verb, folder, ...unit]);
  return folder;
}

const viewOf = (units: unknown, name: string): unknown =>
  [units].flat().find((view: unknown) => Object(view).unit === name);

describe("a store that cannot be read", () => {
  it("is told by status, beside the units that are well, and by doctor", async () => {
    const folder = await copied();
    await writeFile(join(folder, "tags.json"), '{"red": ');
    const { code, answer } = await runJson(["status", folder]);
    expect([code, answer.nextSteps[0]]).toEqual([0, `cutover doctor ${folder}`]);
    expect(viewOf(answer["units"], "assets/tags")).toMatchObject({
      stage: "shadow",
      blockedBy: [{ code: "CORRUPT_DATA" }, {}],
    });
    expect(viewOf(answer["units"], "assets/models")).toMatchObject({ stage: "off", blockedBy: [] });
    const doctor = await runJson(["doctor", folder]);
    expect([doctor.code, doctor.answer.blockedBy[0]?.code]).toEqual([3, "CORRUPT_DATA"]);
  });

  it("of which the file is gone is told by doctor, and the records that are left are not removed", async () => {
    const folder = await copied();
    await rm(join(folder, "tags.json"));
    const doctor = await runJson(["doctor", folder]);
    expect([doctor.code, doctor.answer.blockedBy[0]?.code]).toEqual([3, "file-missing"]);
    const verified = await run(["verify", folder, ...unit]);
    expect(verified.code).toBe(3);
    const repaired = await run(["repair", folder, ...unit]);
    expect([repaired.code, repaired.stdout.includes("No mismatch")]).toEqual([3, false]);
    const again = await runJson(["verify", folder, ...unit]);
    expect([again.code, again.answer.blockedBy[0]?.code]).toEqual([3, "DIVERGED"]);
    expect(again.answer.nextSteps[0]).toBe(`cutover doctor ${folder}`);
    expect(again.answer["warnings"]).toHaveLength(1);
    await writeFile(join(folder, "tags.json"), '{"red": {"n": 1}, "blue": {"n": 2}}');
    const mended = await runJson(["verify", folder, ...unit]);
    expect([mended.code, mended.answer["units"]]).toMatchObject([0, [{ same: 2, unstable: 0 }]]);
  });
});
