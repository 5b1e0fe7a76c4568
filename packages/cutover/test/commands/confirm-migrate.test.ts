import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { run, runAtTerminal } from "./run.ts";

async function folderWithData(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cutover-confirm-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "users.json"), '{"a": {"name": "A"}, "b": {"name": "B"}}');
  return folder;
}

const hasDatabase = (folder: string): Promise<boolean> =>
  access(join(folder, "data.db")).then(
    () => true,
    () => false,
  );

it("migrate asks at a terminal, and a no changes nothing", async () => {
  const folder = await folderWithData();
  const { code, stderr } = await runAtTerminal(["migrate", folder], "n");
  expect(code).toBe(2);
  expect(stderr).toContain(folder);
  expect(await hasDatabase(folder)).toBe(false);
});

it("migrate goes ahead after a yes", async () => {
  const folder = await folderWithData();
  expect((await runAtTerminal(["migrate", folder], "y")).code).toBe(0);
  expect(await hasDatabase(folder)).toBe(true);
});

it("migrate --yes does not ask, and a script without a terminal need not say it", async () => {
  const [one, other] = [await folderWithData(), await folderWithData()];
  const { code, stderr } = await runAtTerminal(["migrate", one, "--yes"], "n");
  expect({ code, asked: stderr.includes("[y/N]") }).toEqual({ code: 0, asked: false });
  expect((await run(["migrate", other])).code).toBe(0);
});
