import type { ControlStore } from "@cutover/core";
import { sqliteControl } from "@cutover/kysely/control";
import { describe, expect, test } from "vitest";
import { Folder } from "../folder.ts";
import { controlBetweenProcesses, until } from "./control-between-processes.ts";
import { ControlProcess } from "./control-process.ts";

async function openControl(folder: Folder): Promise<ControlStore> {
  const control = sqliteControl({ path: folder.file("control.db") });
  await control.open();
  return control;
}

controlBetweenProcesses({
  name: "sqlite",
  place: async () => {
    const folder = new Folder();
    return {
      file: (name) => folder.file(name),
      open: () => openControl(folder),
      start: () => ControlProcess.start(folder.file("control.db")),
      [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
    };
  },
});

describe("a process killed in a commit", () => {
  const steps = [
    ["before-commit", 0],
    ["after-commit", 1],
  ] as const;

  test.each(steps)("%s: the generation is unknown until a store is opened", async (step, kept) => {
    using folder = new Folder();
    await using control = await openControl(folder);
    const before = control.generation();
    const other = await ControlProcess.start(folder.file("control.db"));
    await other.runToDeath({ task: "dieInCommit", step });
    expect(control.generation()).toBeUndefined();
    await using another = await openControl(folder);
    expect((await another.records()).length).toBe(kept);
    expect(await control.generation()).toBe(await another.generation());
    expect(control.generation()).not.toBeUndefined();
    expect(control.generation() === before).toBe(kept === 0);
  });

  test.each(steps)(
    "%s: the next commit, a refused one too, or reading the records mends it",
    async (step, kept) => {
      using folder = new Folder();
      await using control = await openControl(folder);
      for (const mend of [
        async () => control.commit([], []),
        async () => {
          const stale = control.commit([{ name: "none", revision: 9, value: 0 }], []);
          await expect(stale).rejects.toMatchObject({ code: "VERSION_CONFLICT" });
        },
        async () => {
          await control.records();
          await until("mended", async () => control.generation() !== undefined);
        },
      ]) {
        const seen = await control.generation();
        const revision = (await control.records())[0]?.revision ?? 0;
        const other = await ControlProcess.start(folder.file("control.db"));
        await other.runToDeath({ task: "dieInCommit", step });
        expect(control.generation()).toBeUndefined();
        await mend();
        expect(control.generation()).not.toBeUndefined();
        expect((await control.records())[0]?.revision ?? 0).toBe(revision + kept);
        expect([seen, undefined].slice(kept === 1 ? 0 : 1)).not.toContain(control.generation());
      }
    },
  );
});
