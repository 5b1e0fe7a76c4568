import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  defineCollection,
  isStorageError,
  type CollectionDefinition,
  type StorageError,
} from "@cutover/core";
import { describe, expect, it } from "vitest";
import { checkConfig } from "../../src/config/check-config.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { placeOfOption } from "../../src/config/source-place.ts";

async function refusal(source: string): Promise<StorageError> {
  const folder = await mkdtemp(join(tmpdir(), "cutover-options-"));
  const file = join(folder, "cutover.config.json");
  await writeFile(file, source);
  const error: unknown = await loadConfig(file).catch((reason: unknown) => reason);
  if (isStorageError(error, "CONFIG_INVALID")) return error;
  throw new Error(`it was not refused: ${source}`);
}

const first = (value: unknown): string => checkConfig(value).problems?.[0]?.message ?? "";
const teamMessages = (collections: readonly unknown[], team: object): readonly string[] =>
  (checkConfig({ collections, teams: { team } }).problems ?? []).map(({ message }) => message);
const at = (name: string): CollectionDefinition =>
  defineCollection({ name, file: { path: "all.json", at: [name] } });

describe("an option of a config", () => {
  it.each([
    ['  "databse": "a.db"', 3, 3, "did you mean `database`"],
    ['  "sqlite": {\n    "syncronous": "full"\n  }', 4, 5, "did you mean `synchronous`"],
    ['  "sqlite": { "synchronous": "off" }', 3, 15, '"full" or "normal"'],
    ['  "json": { "lockTimeoutMs": -1 }', 3, 13, "whole number"],
    ['  "json": { "newFiles": { "ascii": 1 } }', 3, 27, "true or false"],
    ['  "json": { "cacheBytes": "1 MB" }', 3, 13, "whole number of bytes"],
    ['  "json": []', 3, 3, "must be an object"],
    ['  "backend": "mysql"', 3, 3, '"json" or "sqlite"'],
    ['  "database": "../a.db"', 3, 3, "inside the data folder"],
    ['  "database": "/tmp/a.db"', 3, 3, "inside the data folder"],
    ['  "database": ".cutover/a.db"', 3, 3, "inside the data folder"],
    ['  "folder": ""', 3, 3, "path of a folder"],
    ['  "frobnicate": 1', 3, 3, "known are: folder"],
  ])("%j is refused at line %i, column %i", async (lines, line, column, text) => {
    const error = await refusal(`{\n  "collections": [],\n${lines}\n}\n`);
    expect(error.details.position).toMatchObject({ line, column });
    expect(error.message).toContain(text);
  });

  it.each([
    ['{ "name": "a", "feilds": {} }', "did you mean `fields`"],
    ['{ "fields": {} }', "`name` is missing"],
    ['{ "name": "a", "fields": { "b": { "kind": "txt" } } }', "must be one of text"],
    ['{ "name": "a", "fields": { "b": {} } }', "`kind` is missing"],
    ['{ "name": "a", "file": { "shape": "list" } }', '"object" or "array"'],
    ['{ "name": "A b" }', "the name must be"],
    ['"a"', "an object is expected"],
  ])("collection %s of a JSON config is refused at its line", async (collection, message) => {
    const error = await refusal(`{\n"collections": [\n${collection}]}`);
    expect(error.details.position?.line).toBe(3);
    expect(error.message).toContain(message);
  });

  it("is found in source that mentions it in comments and in other groups first", () => {
    const source = [
      "// database: one",
      "/* database: two */",
      "export default { json: { database: 1 }, 'database' : 3 };",
    ].join("\n");
    expect(placeOfOption(source, "database")).toMatchObject({ line: 3 });
    expect(placeOfOption(source, "sqlite.synchronous")).toBeUndefined();
    expect(placeOfOption("a({ $database: 1, x: { database } })", "database")?.column).toBe(24);
  });
});

describe("a config", () => {
  const a = defineCollection({ name: "a" });

  it("names each of its problems", () => {
    const { problems } = checkConfig({ backend: "x", database: 1, collections: [a, a] });
    expect(problems?.map((problem) => problem.path)).toEqual([
      "backend",
      "database",
      "collections",
    ]);
  });

  it("may leave everything but the collections out, or undefined", () => {
    expect(checkConfig({ collections: [a], backend: undefined }).problems).toBeUndefined();
  });

  it.each([
    ["nothing", undefined, "must be an object"],
    ["an array", [], "must be an object"],
    ["no collections", {}, "`collections` is missing"],
    ["a bare description", { collections: [{ name: "a" }] }, "make it with defineCollection"],
    ["one name twice", { collections: [a, a] }, 'two collections are called "a"'],
    [
      "two collections over the same records",
      { collections: [a, defineCollection({ name: "b", file: { path: "a.json" } })] },
      "both lie at the same place of a.json",
    ],
    [
      "a database over a JSON file",
      { database: "a.json", collections: [a] },
      "names the JSON file",
    ],
  ])("with %s is refused", (_what, value, message) => {
    expect(first(value)).toContain(message);
  });

  it("whose teams name collections is told which there are, or that none can be used", () => {
    const xyz = { collections: ["xyz"] };
    const names = '`teams.team.collections` names "xyz", which is no collection; ';
    expect(teamMessages([a], xyz)).toEqual([`${names}known are: a`]);
    const none = `${names}\`collections\` defines none that can be used`;
    expect(teamMessages([], xyz)).toEqual([none]);
    expect(teamMessages([{ name: "xyz" }], xyz)).toEqual([
      expect.stringContaining("`collections[0]` is no collection"),
      none,
    ]);
    expect(teamMessages([a], { collections: [], together: [["a"]] })).toEqual([
      '`teams.team.together` names "a", which is no collection of this team; it has none',
    ]);
    const { problems } = checkConfig({ collections: [], cutover: { compare: { xyz: {} } } });
    expect(problems).toEqual([
      {
        path: "cutover.compare.xyz",
        message:
          "`cutover.compare.xyz` is of no collection; `collections` defines none that can be used",
      },
    ]);
  });

  it("may have two collections in one file, each under a member of its own", () => {
    expect(checkConfig({ collections: [at("x"), at("y")] }).problems).toBeUndefined();
  });
});
