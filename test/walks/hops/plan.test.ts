import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, it } from "vitest";
import { cutover, type Ran } from "./cutover.ts";
import { dataFolder, firstModels, postgres, writeConfig } from "./scene.ts";

const second = { hop: { from: "sqlite", to: "postgres" }, postgres };
const settings = { reverseWindowDays: 0 };

describePostgres("the plan of a second hop", () => {
  it("counts the records of each collection that would move, and changes nothing anywhere", async () => {
    await using database = await (await startPostgres()).database();
    const folder = await dataFolder();
    const first = await writeConfig(folder, "first", { cutover: settings });
    const config = await writeConfig(folder, "second", second);
    const run = (argv: readonly string[], of: string): Promise<Ran> =>
      cutover([...argv, "--config", of], { APP_DATABASE: database.url });
    for (const verb of ["migrate", "complete"])
      expect((await run([verb, folder, "--yes"], first)).code).toBe(0);

    // Some of the records may not be there yet.
    const early = await run(["plan", folder], config);
    expect([early.code, early.answer["collections"]]).toEqual([4, undefined]);
    expect(early.answer.blockedBy).toMatchObject([{ code: "STAGE_REFUSED" }]);

    expect((await run(["complete", folder, "--yes"], first)).code).toBe(0);
    const before = await readdir(folder, { recursive: true });
    const models = { name: "models", file: "models.json", exists: true, records: firstModels };
    const tags = { name: "tags", file: "tags.json", exists: true, records: 2 };
    expect(await run(["plan", folder], config)).toMatchObject({
      code: 0,
      answer: {
        ok: true,
        database: join(folder, "app.db"),
        sizeBytes: expect.any(Number),
        collections: [models, tags],
        nextSteps: [`cutover start ${folder} --config ${config}`],
      },
    });
    const one = await run(["plan", folder, "--unit", "assets/tags@postgres"], config);
    expect(one.answer["collections"]).toEqual([tags]);
    expect(await readdir(folder, { recursive: true })).toEqual(before);
    const made = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'cutover%'";
    expect(await database.query(made)).toEqual([]);
  });

  it("of a database that is not there says so, and so does doctor", async () => {
    await using database = await (await startPostgres()).database();
    const folder = await dataFolder();
    const whole = await writeConfig(folder, "whole", { teams: undefined });
    const config = await writeConfig(folder, "second", second);
    const run = (verb: string, of: string): Promise<Ran> =>
      cutover([verb, folder, "--config", of], { APP_DATABASE: database.url });
    expect((await run("migrate", whole)).code).toBe(0);
    expect((await run("plan", config)).answer["collections"]).toMatchObject([
      { name: "models", records: firstModels },
      { name: "tags", records: 2 },
    ]);
    await rename(join(folder, "app.db"), join(folder, "app.db.aside"));
    const gone = [{ code: "CORRUPT_DATA", message: expect.stringContaining("is not there") }];
    const { code, answer } = await run("plan", config);
    expect([code, answer["collections"], answer.blockedBy]).toEqual([4, undefined, gone]);
    expect((await run("doctor", config)).answer.blockedBy).toEqual(gone);
    expect(await readdir(folder)).not.toContain("app.db");
  });
});
