import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run, runJson } from "./run.ts";

async function folderWith(file: string, content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cutover-left-out-"));
  await writeFile(join(folder, "good.json"), '{"a":{"x":1}}');
  await writeFile(join(folder, file), content);
  return folder;
}

const data = [
  { what: "is cut off", content: '{"a":{"x":1', reason: "ends too early" },
  { what: "has numbers for keys", content: '[{"id":1},{"id":2}]', reason: "keys must be text" },
];

describe("a folder without a config in which a file", () => {
  it.each(data)("$what is not migrated without it", async ({ content, reason }) => {
    const folder = await folderWith("other.json", content);
    const before = await readdir(folder);
    for (const verb of ["plan", "migrate"]) {
      const { code, answer } = await runJson([verb, folder]);
      expect(code).toBe(4);
      expect(answer.blockedBy).toEqual([
        { code: "left-out", message: expect.stringContaining(reason) },
      ]);
      expect(answer.nextSteps[0]).toBe(`cutover init ${folder} --write`);
    }
    expect(await readdir(folder)).toEqual(before);
  });

  it("holds no records is migrated, and the file is named", async () => {
    const folder = await folderWith("other.json", "null");
    const { code, stdout } = await run(["migrate", folder]);
    expect(code).toBe(0);
    expect(stdout).toContain("other.json was left out");
  });

  it("is left out by a config is migrated without it", async () => {
    const folder = await folderWith("other.json", '[{"id":1},{"id":2}]');
    await writeFile(
      join(folder, "cutover.config.json"),
      JSON.stringify({ collections: [{ name: "good" }] }),
    );
    expect((await runJson(["migrate", folder])).code).toBe(0);
  });

  it("is not there is not migrated at all", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cutover-left-out-"));
    const { code, answer } = await runJson(["migrate", folder]);
    expect(code).toBe(4);
    expect(JSON.stringify(answer.blockedBy)).toContain(`no JSON file in ${folder}`);
    expect(await readdir(folder)).toEqual([]);
  });
});
