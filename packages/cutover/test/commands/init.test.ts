import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { writeLookalike } from "@cutover/fixtures";
import { beforeEach, describe, expect, it } from "vitest";

const program = join(import.meta.dirname, "..", "..", "src", "bin.ts");

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function cutover(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, ["--conditions=@cutover/source", program, ...args]);
  const [stdout, stderr, [code]] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    once(child, "close"),
  ]);
  return { code: typeof code === "number" ? code : null, stdout, stderr };
}

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cutover-init-"));
});

const writeOdd = async (): Promise<void> => {
  const odd = JSON.parse('{"fooBar": "x", "a b": 1, "__proto__": true, "日本": 1.5, "a*/b": null}');
  await writeFile(join(folder, "odd names.json"), JSON.stringify({ one: odd, two: odd }));
  await writeFile(join(folder, "numbers.json"), "[1, 2]");
  await writeFile(join(folder, "broken.json"), '{"a": nix}');
  await writeFile(join(folder, "users.json"), '{"v": 1, "users": [{"id": "a"}, {"id": "b"}]}');
};

describe("cutover init", () => {
  it("shows what it recognised and the config it would write, and writes nothing", async () => {
    await writeOdd();
    const before = await readdir(folder);
    const { code, stdout } = await cutover("init", folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^odd names\.json +records by key +2 +/m);
    expect(stdout).toMatch(/^users\.json +records inside a wrapper +2 .* users +id$/m);
    expect(stdout).toContain("broken.json, line 1, column 7");
    expect(stdout).toContain("import { boolean, defineCollection, defineConfig, ");
    expect(stdout).toContain("// - numbers.json: no records; an array without objects");
    expect(stdout).toContain(`cutover init ${folder} --write`);
    expect(await readdir(folder)).toEqual(before);
  });

  it("writes a config that gives the same definitions back, names of every kind included", async () => {
    await writeOdd();
    const { code, stdout } = await cutover("init", folder, "--write", "--json");
    expect(code).toBe(0);
    const answer: { written: string; config: string } = JSON.parse(stdout);
    expect(answer.written).toBe(join(folder, "cutover.config.ts"));
    expect(await readFile(answer.written, "utf8")).toBe(answer.config);
    expect(answer.config).toContain('["__proto__"]: boolean({ column: "proto" })');
    expect(answer).toMatchObject({ ok: true, command: "init", canAdvance: false });
  });

  it("writes the known application's config, as it is and in its own style", async () => {
    await writeLookalike(folder, { scale: { node_metadata: 0.01 } });
    const { code, stdout } = await cutover("init", folder, "--write", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ layout: "models-downloader", canAdvance: true });
    const source = await readFile(join(folder, "cutover.config.ts"), "utf8");
    expect(source).toContain('database: "wmd_data.db"');
    expect(source.split("\n").filter((line) => line.length > 100)).toEqual([]);
  });

  it("overwrites a config only with --force", async () => {
    await writeFile(join(folder, "a.json"), '{"x": {"n": 1}}');
    await writeFile(join(folder, "cutover.config.mjs"), "// mine");
    const refused = await cutover("init", folder, "--write");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("--force overwrites it");
    expect(await readFile(join(folder, "cutover.config.mjs"), "utf8")).toBe("// mine");
    expect((await cutover("init", folder, "--write", "--force")).code).toBe(0);
    const source = await readFile(join(folder, "cutover.config.mjs"), "utf8");
    expect(source).toContain('name: "a"');
    expect(await readdir(folder)).not.toContain("cutover.config.ts");
  });
});

describe("the cutover command", () => {
  it.each([
    [["init", ".", "--wirte"], "Did you mean --write?"],
    [["inti"], "Did you mean init?"],
    [["init"], "missing required argument"],
    [["init", "/no/such/folder"], "there is no folder"],
  ])("%j is refused with exit code 2", async (args, message) => {
    const { code, stdout, stderr } = await cutover(...args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
  });

  it("answers a mistyped command in JSON where JSON was asked for", async () => {
    const { code, stdout, stderr } = await cutover("init", ".", "--wirte", "--json");
    expect(code).toBe(2);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: "USAGE", exitCode: 2 } });
  });

  it("prints its help, with its exit codes, and ends well", async () => {
    const { code, stdout } = await cutover("--help");
    expect(code).toBe(0);
    expect(stdout).toMatch(/init .*<folder>/);
    expect(stdout).toContain("4 refused");
  });
});
