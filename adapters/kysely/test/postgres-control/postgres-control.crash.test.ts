import type { ControlStore } from "@cutover/core";
import { startPostgres, type TestDatabase } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, test } from "vitest";
import { controlBetweenProcesses, until } from "../control/control-between-processes.ts";
import { ControlProcess } from "../control/control-process.ts";
import type { Engine } from "../../src/postgres/engine.ts";
import { controlOn } from "../../src/postgres-control/postgres-control.ts";
import { Folder } from "../folder.ts";
import { testedEngines } from "../postgres/tested-engines.ts";

/** By the name of what is used of the server. */
const programs = testedEngines.map(([name, engine], index) => {
  const file = ["./control.fixture.ts", "./row-locks.fixture.ts"][index] ?? "";
  return { name, engine, program: new URL(file, import.meta.url) };
});

async function openControl({ url }: TestDatabase, engine: Engine): Promise<ControlStore> {
  const control = controlOn(engine, { connectionString: url, durability: "process-crash" });
  await control.open();
  return control;
}

describePostgres("a control store in Postgres", () => {
  for (const { name, engine, program } of programs) controlWith(name, engine, program);
});

function controlWith(name: string, engine: Engine, program: URL): void {
  controlBetweenProcesses({
    name: `postgres, ${name}`,
    place: async () => {
      const folder = new Folder();
      const database = await (await startPostgres()).database();
      return {
        file: (name) => folder.file(name),
        open: () => openControl(database, engine),
        start: () => ControlProcess.start(database.url, program),
        [Symbol.asyncDispose]: async () => {
          folder[Symbol.dispose]();
          await database.drop();
        },
      };
    },
  });

  test(`a process killed while it commits has committed all of it or nothing, ${name}`, async () => {
    await using database = await (await startPostgres()).database();
    await using control = await openControl(database, engine);
    const revisionNow = async (): Promise<number> => (await control.records())[0]?.revision ?? 0;
    for (let time = 0; time < 4; time++) {
      const other = await ControlProcess.start(database.url, program);
      const commits = other.run({ task: "commits", times: 100_000 });
      commits.catch(() => undefined);
      const seen = await revisionNow();
      // It dies somewhere in one of its next commits.
      await until("commits", async () => (await revisionNow()) > seen + 2);
      await other.kill();
      await control.commit([{ name: "r", revision: await revisionNow(), value: "after" }], []);
      // Every commit changes the one record, and a new store is of generation 1.
      expect(await control.generation()).toBe((await revisionNow()) + 1);
    }
  });
}
