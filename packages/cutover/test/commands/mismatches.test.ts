import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineCollection } from "@cutover/core";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import { describe, expect, it } from "vitest";
import { gradualFolder } from "../units/gradual-scene.ts";
import { run, runJson } from "./run.ts";

const tags = defineCollection({ name: "tags" });
const unit = ["--unit", "assets/tags"];

/** At shadow, with a record in the database that nobody wrote to the file. */
async function different(): Promise<string> {
  const folder = await gradualFolder();
  for (const verb of ["start", "backfill"]) await run([verb, folder, ...unit]);
  await using database = sqliteBackend({ path: join(folder, "app.db"), collections: [tags] });
  await database.collection(tags).put("eve", { n: 3 });
  return folder;
}

describe("a mismatch that does not matter", () => {
  it("is ignored only when it is not a rehearsal, and then the way on is another comparison", async () => {
    const folder = await different();
    expect((await run(["verify", folder, ...unit])).code).toBe(3);
    const one = ["mismatches", "ignore", folder, "tags", "eve", "--reason", "known"];
    const rehearsal = await run([...one, "--dry-run"]);
    expect([rehearsal.code, rehearsal.stdout.includes("rehearsal")]).toEqual([0, true]);
    expect((await run(["mismatches", "list", folder])).code).toBe(3);
    expect((await run(one)).code).toBe(0);
    expect((await run(["mismatches", "list", folder])).code).toBe(0);
    const { answer } = await runJson(["status", folder, ...unit]);
    expect(answer.nextSteps).toEqual([`cutover verify ${folder} --unit assets/tags`]);
    const verified = await runJson(["verify", folder, ...unit]);
    expect([verified.code, verified.answer["units"]]).toMatchObject([0, [{ ignored: 1 }]]);
    expect((await run(["switch", folder, ...unit])).code).toBe(0);
  });
});

describe("an edit of the store that is not in charge", () => {
  it("closes the way back, which status says, until it is decided", async () => {
    const folder = await gradualFolder();
    for (const verb of ["start", "backfill", "verify", "switch"])
      await run([verb, folder, ...unit]);
    await writeFile(join(folder, "tags.json"), '{"red": {"n": 1}, "blue": {"n": 99}}');
    expect((await run(["reverse", folder, ...unit])).code).toBe(4);
    const { code, stderr } = await run(["status", folder, ...unit]);
    expect([code, stderr.includes("the way back is closed")]).toEqual([0, true]);
    expect((await runJson(["status", folder, ...unit])).answer.reversible).toBe(false);
    expect((await run(["repair", folder, ...unit, "--discard"])).code).toBe(0);
    const decided = await run(["status", folder, ...unit]);
    expect([decided.code, decided.stderr]).toEqual([0, ""]);
    expect((await run(["reverse", folder, ...unit])).code).toBe(0);
  });
});
