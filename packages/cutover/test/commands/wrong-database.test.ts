import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openStorage } from "../../src/open-storage.ts";
import { filesOf, lookalikeFolder } from "../migration/scene.ts";
import { runJson } from "./run.ts";

const wrong = [
  { what: "was deleted", spoil: (path: string) => rm(path), says: "is not there" },
  { what: "is empty", spoil: (path: string) => writeFile(path, ""), says: "holds nothing" },
  {
    what: "is something else",
    spoil: (path: string) => writeFile(path, "not a database".repeat(100)),
    says: "is no SQLite database",
  },
];

const verbs: readonly (readonly [verb: string, ...more: string[]])[] = [
  ["verify"],
  ["rollback", "--yes"],
  ["rollback", "--dry-run"],
];

describe.each(wrong)("a database in charge that $what", ({ spoil, says }) => {
  it("is refused by every command, and neither it nor the files change", async () => {
    const target = await lookalikeFolder();
    const { folder, databasePath } = target;
    await runJson(["migrate", folder]);
    const files = await filesOf(target);
    await spoil(databasePath);
    const before = await stat(databasePath).catch(() => undefined);

    const calls = verbs.map(([verb, ...more]) => [verb, folder, ...more]);
    for (const call of [...calls, ["backup", folder, join(folder, "copy")]]) {
      const { code, answer } = await runJson(call);
      expect({ call, code, message: JSON.stringify(answer) }).toMatchObject({
        code: 1,
        message: expect.stringContaining(says),
      });
      expect(answer.nextSteps).toEqual([`cutover restore ${folder} <backup>`]);
    }
    const { answer } = await runJson(["status", folder]);
    expect(JSON.stringify(answer)).toContain(says);

    expect(await filesOf(target)).toEqual(files);
    expect((await stat(databasePath).catch(() => undefined))?.size).toBe(before?.size);
  });

  it("is not opened by the application", async () => {
    const { folder, databasePath } = await lookalikeFolder();
    await runJson(["migrate", folder]);
    await spoil(databasePath);
    await expect(openStorage({ folder, env: {} })).rejects.toThrow(databasePath);
  });
});
