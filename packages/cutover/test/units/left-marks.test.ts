import { join } from "node:path";
import { readFile, writeFile } from "node:fs/promises";
import { sqliteControl } from "@cutover/kysely/control";
import { describe, expect, it } from "vitest";
import { run, runJson } from "../commands/run.ts";
import { gradualFolder } from "./gradual-scene.ts";

const unit = ["--unit", "assets/models"];
const count = 2500;

/** A minute ago a process marked every record, wrote them, and was killed; half of the marks were settled. */
async function killedWriter(folder: string): Promise<void> {
  const path = join(folder, ".cutover", "control.db");
  await using control = sqliteControl({ path, clock: () => Date.now() - 60_000 });
  await control.open();
  const keys = Array.from({ length: count }, (_, index) => `m${index}`);
  const settled = keys.slice(0, count / 2);
  const marks = settled.map((key) => ({ collection: "models", key, moved: false }));
  await control.markSettled("assets/models", marks);
  const targets = keys.slice(count / 2).map((key) => ({ collection: "models", key }));
  await control.mark("assets/models", targets);
  const file = join(folder, "models.json");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replaceAll("Model ", "Renamed "));
}

describe("verify without any application running", () => {
  it("makes equal first what a process that died had marked, and judges every record", async () => {
    const folder = await gradualFolder(undefined, count);
    for (const verb of ["start", "backfill"]) await run([verb, folder, ...unit]);
    await killedWriter(folder);
    const { code, answer } = await runJson(["verify", folder, ...unit]);
    expect(code).toBe(0);
    expect(answer["units"]).toMatchObject([
      { records: count, same: count, differences: 0, unstable: 0 },
    ]);
    const after = await runJson(["status", folder, ...unit]);
    expect(after.answer["units"]).toMatchObject([{ dirty: 0 }]);
  });
});
