import { readdir } from "node:fs/promises";
import { startPostgres, type TestDatabase } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, it } from "vitest";
import { openStorage } from "../../../packages/cutover/src/open-storage.ts";
import { cutover, type Ran } from "./cutover.ts";
import { dataFolder, postgres, writeConfig } from "./scene.ts";

const reading = [
  ["status"],
  ["plan"],
  ["log"],
  ["doctor"],
  ["verify"],
  ["mismatches", "list"],
  ["start", "--dry-run"],
  ["migrate", "--dry-run"],
] as const;
const moving = [["backfill"], ["switch"], ["repair"], ["rollback", "--yes"]] as const;

async function schemasIn(database: TestDatabase): Promise<readonly unknown[]> {
  return database.query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'cutover%'");
}

describePostgres("on a server", () => {
  it("a database that the folder did not move by is left as it is by every command and by an application, and each says which variable is wrong", async () => {
    const server = await startPostgres();
    await using database = await server.database();
    await using other = await server.database();
    const folder = await dataFolder();
    const config = await writeConfig(folder, "to", { hop: { to: "postgres" }, postgres });
    const run = (argv: readonly string[], { url }: { readonly url: string }): Promise<Ran> =>
      cutover([...argv, folder, "--config", config], { APP_DATABASE: url });
    expect((await run(["start"], database)).code).toBe(0);
    for (const argv of [...reading, ...moving]) {
      const { code, answer } = await run(argv, other);
      expect([argv, code, answer.blockedBy.map(({ message }) => message)]).toEqual([
        argv,
        argv[0] === "doctor" ? 3 : 4,
        [expect.stringMatching(/decides which store.*APP_DATABASE names another/)],
      ]);
    }
    const env = { APP_DATABASE: other.url };
    await expect(openStorage({ folder, config, env })).rejects.toMatchObject({
      code: "STAGE_REFUSED",
      message: expect.stringContaining("APP_DATABASE names another server or database"),
    });
    expect(await schemasIn(other)).toEqual([]);

    // What another folder moves by is no more this one's, and nobody is told of what it did.
    const stranger = await dataFolder();
    const own = await writeConfig(stranger, "to", { hop: { to: "postgres" }, postgres });
    expect((await cutover(["start", stranger, "--config", own], env)).code).toBe(0);
    for (const argv of reading)
      expect([argv, (await run(argv, other)).code]).toEqual([argv, argv[0] === "doctor" ? 3 : 4]);
  });

  it.each(["postgres", "sqlite"])(
    "nothing is made by what only looks, where nothing was started on the way to %s yet",
    async (to) => {
      await using database = await (await startPostgres()).database();
      const folder = await dataFolder();
      const more = to === "postgres" ? { hop: { to }, postgres } : { hop: { to } };
      const config = await writeConfig(folder, "to", more);
      const before = await readdir(folder, { recursive: true });
      for (const argv of reading) {
        const { code } = await cutover([...argv, folder, "--config", config], {
          APP_DATABASE: database.url,
        });
        expect([argv, code]).toEqual([argv, argv[0] === "mismatches" ? 4 : 0]);
      }
      expect(await schemasIn(database)).toEqual([]);
      expect(await readdir(folder, { recursive: true })).toEqual(before);
    },
  );

  it("records that were dropped while they are in charge are missed by what only looks, which makes no empty ones", async () => {
    await using database = await (await startPostgres()).database();
    const folder = await dataFolder();
    const config = await writeConfig(folder, "to", { hop: { to: "postgres" }, postgres });
    const run = (...argv: readonly string[]): Promise<Ran> =>
      cutover([...argv, folder, "--config", config], { APP_DATABASE: database.url });
    for (const verb of ["start", "backfill", "verify", "switch"])
      expect((await run(verb)).code).toBe(0);
    await database.query("ALTER SCHEMA cutover RENAME TO aside");
    const why = expect.stringContaining("is in charge, and does not have what was moved there");
    for (const verb of ["status", "plan", "doctor"]) {
      const { code, answer } = await run(verb);
      expect([verb, code, answer["canAdvance"]]).toEqual([verb, verb === "doctor" ? 3 : 0, false]);
      expect(answer.blockedBy).toEqual(
        ["assets/models", "assets/tags"].flatMap(() => [
          expect.objectContaining({ code: "database-missing", message: why }),
        ]),
      );
    }
    for (const argv of [["log"], ["mismatches", "list"]]) expect((await run(...argv)).code).toBe(0);
    expect(await schemasIn(database)).toEqual([{ nspname: "cutover_control" }]);

    await database.query("ALTER SCHEMA aside RENAME TO cutover");
    const { code, answer } = await run("status");
    expect([code, answer["canAdvance"]]).toEqual([0, true]);
    expect((await run("doctor")).answer).toMatchObject({ ok: true, findings: [] });
  });

  it("what was done to a folder that was taken back is told, and nothing is made where that is gone", async () => {
    await using database = await (await startPostgres()).database();
    const folder = await dataFolder();
    const config = await writeConfig(folder, "to", { hop: { to: "postgres" }, postgres });
    const run = (verb: string): Promise<Ran> =>
      cutover([verb, folder, "--config", config], { APP_DATABASE: database.url });
    for (const verb of ["start", "cancel"]) expect((await run(verb)).code).toBe(0);
    expect((await run("log")).answer["entries"]).toContainEqual(
      expect.objectContaining({ action: "cancel", unit: "assets/models" }),
    );
    await database.query("DROP SCHEMA cutover_control CASCADE");
    const log = await run("log");
    expect([log.code, log.answer["entries"]]).toEqual([0, []]);
    expect(log.output).toContain("there is no control store");
    expect(await schemasIn(database)).toEqual([{ nspname: "cutover" }]);
  });
});
