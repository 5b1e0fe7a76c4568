import { mkdir, mkdtemp, realpath, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isStorageError } from "@cutover/core";
import { beforeEach, describe, expect, it } from "vitest";
import { definitionsDigest } from "../../src/project/definitions-digest.ts";
import { loadProject } from "../../src/project/load-project.ts";
import { nextRecord, stepOf } from "../../src/state/migration-record.ts";
import { writeRecord } from "../../src/state/record-file.ts";

let folder = "";
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "cutover-project-")));
});

const configFor = (folderOption?: string, database = "c.db"): string =>
  JSON.stringify({
    ...(folderOption === undefined ? {} : { folder: folderOption }),
    database,
    collections: [{ name: "users", key: "id" }],
  });

const write = async (path: string, text: string): Promise<void> =>
  writeFile(join(folder, path), text);

describe("a project", () => {
  it("is what the config in its folder says", async () => {
    await write("cutover.config.json", configFor());
    const project = await loadProject(folder);
    expect(project).toMatchObject({
      folder,
      configFile: join(folder, "cutover.config.json"),
      source: "config file",
      database: "c.db",
      databasePath: join(folder, "c.db"),
      record: undefined,
      notes: [],
    });
    expect(project.collections.map((collection) => collection.name)).toEqual(["users"]);
  });

  it("is that of the data folder, whether this or the config's folder is named", async () => {
    await mkdir(join(folder, "data"));
    await write("cutover.config.json", configFor("./data"));
    expect((await loadProject(join(folder, "data"))).source).toBe("config file");
    expect((await loadProject(folder)).folder).toBe(join(folder, "data"));
    expect((await loadProject(undefined, { cwd: folder })).folder).toBe(join(folder, "data"));
  });

  it("does not take a config above it that speaks of another folder", async () => {
    await mkdir(join(folder, "data"));
    await mkdir(join(folder, "other"));
    await write("cutover.config.json", configFor("./data"));
    expect((await loadProject(join(folder, "other"))).source).toBe("inferred");
  });

  it("is found through a link to its folder", async () => {
    await mkdir(join(folder, "data"));
    await symlink(join(folder, "data"), join(folder, "link"));
    await write("cutover.config.json", configFor("./data"));
    expect((await loadProject(join(folder, "link"))).source).toBe("config file");
  });

  it("takes a named config for a folder that it does not contradict", async () => {
    await mkdir(join(folder, "data"));
    await mkdir(join(folder, "other"));
    await write("any.json", configFor());
    await write("fixed.json", configFor("./data"));
    const named = { cwd: folder, config: "any.json" };
    expect((await loadProject("other", named)).folder).toBe(join(folder, "other"));
    const fixed = { cwd: folder, config: "fixed.json" };
    expect((await loadProject("data", fixed)).folder).toBe(join(folder, "data"));
    await expect(loadProject("other", fixed)).rejects.toThrow(/leave one of them out/);
  });

  it("without a config is inferred from its files, and says so", async () => {
    await write("users.json", '[{"id": "a"}, {"id": "b"}]');
    await write("numbers.json", "[1, 2]");
    const project = await loadProject(folder);
    expect(project.source).toBe("inferred");
    expect(project.collections).toMatchObject([{ name: "users", keyMember: "id" }]);
    expect(project.notes.join("\n")).toMatch(/cutover init .*numbers\.json was left out/s);
  });

  it("uses the database that the record names, and says when the config names another", async () => {
    await write("cutover.config.json", configFor(undefined, "new.db"));
    const step = stepOf("migrate");
    await writeRecord(
      folder,
      nextRecord(undefined, { backend: "sqlite", database: "old.db", step }),
    );
    const project = await loadProject(folder);
    expect(project.databasePath).toBe(join(folder, "old.db"));
    expect(project.record?.backend).toBe("sqlite");
    expect(project.notes.join("\n")).toContain("the record decides");
  });

  it.each([
    ["a folder that is not there", "gone"],
    ["a file in the place of the folder", "file"],
  ])("is refused for %s", async (_what, name) => {
    await write("file", "");
    await expect(loadProject(join(folder, name))).rejects.toSatisfy((error) =>
      isStorageError(error, "CONFIG_INVALID"),
    );
  });

  it("of a folder that may be new has no collections yet, and makes nothing", async () => {
    const project = await loadProject("new", { cwd: folder, mayBeNew: true });
    expect(project).toMatchObject({ source: "inferred", collections: [], record: undefined });
    await expect(loadProject("new", { cwd: folder })).rejects.toThrow(/there is no folder/);
  });

  it("with two config files is refused, naming both", async () => {
    await write("cutover.config.json", configFor());
    await write("cutover.config.mjs", "");
    await expect(loadProject(folder)).rejects.toThrow(
      /cutover\.config\.mjs, cutover\.config\.json/,
    );
  });

  it("has one digest for the same definitions in another order, and another for others", async () => {
    await write("a.json", '{"x": {"n": 1}}');
    await write("b.json", '{"x": {"n": 1}}');
    const { collections } = await loadProject(folder);
    expect(collections).toHaveLength(2);
    expect(definitionsDigest(collections.toReversed())).toBe(definitionsDigest(collections));
    expect(definitionsDigest(collections.slice(1))).not.toBe(definitionsDigest(collections));
  });
});
