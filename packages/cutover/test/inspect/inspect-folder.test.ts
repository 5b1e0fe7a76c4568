import { execFile } from "node:child_process";
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { hugeJsonFile, malformedJson, writeLookalike } from "@cutover/fixtures";
import { beforeEach, describe, expect, it } from "vitest";
import { collectionsOf } from "../../src/inspect/infer-collections.ts";
import { inspectFile, type FileReport } from "../../src/inspect/inspect-file.ts";
import { inspectFolder } from "../../src/inspect/inspect-folder.ts";

const run = promisify(execFile);

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cutover-inspect-"));
});

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

async function seen(content: unknown, path = "things.json"): Promise<FileReport> {
  await put(path, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  return inspectFile({ folder, file: path, name: "things" });
}

const many = (count: number, record: (index: number) => object): object[] =>
  Array.from({ length: count }, (_, index) => record(index));

const keyed = (records: readonly object[]): object =>
  Object.fromEntries(records.map((record, index) => [`key ${index}`, record]));

describe("a file's layout", () => {
  it.each([
    ["an object of objects", { a: { x: 1 }, b: { x: 2 } }, "map", 2, []],
    [
      "an object of objects and a few bare values",
      { a: { x: 1 }, b: { x: 2 }, c: 3 },
      "map",
      3,
      [],
    ],
    ["settings", { token: "x", limit: 3, extra: { nested: [1] } }, "settings", 3, []],
    ["an object of arrays", { a: ["b"], c: [] }, "settings", 2, []],
    ["an empty object", {}, "settings", 0, []],
    ["an array of objects", [{ id: "a" }, { id: "b" }], "array", 2, []],
    [
      "an array in a wrapper",
      { version: "1", items: [{ id: "a" }, { id: "b" }], total: 2 },
      "wrapper",
      2,
      ["items"],
    ],
    ["an array alone in a wrapper", { items: [{ id: "a" }] }, "wrapper", 1, ["items"]],
    [
      "a map in a wrapper",
      { version: 1, users: { a: { n: "Ann" }, b: { n: "Bob" }, c: { n: "Cid" } } },
      "wrapper",
      3,
      ["users"],
    ],
  ])("of %s is recognised", async (_what, content, kind, records, at) => {
    const report = await seen(content);
    expect(report).toMatchObject({ kind, records, problems: [] });
    expect(report.proposal?.file.at).toEqual(at);
  });

  it("with a number for a key and a text that happens to differ is warned about", async () => {
    const report = await seen([
      { userId: 1, firstName: "A" },
      { userId: 2, firstName: "B" },
    ]);
    expect(report.proposal?.key).toBe("firstName");
    expect(report.notes.join("\n")).toMatch(/`firstName` was taken.*`userId` holds numbers/);
    const sound = await seen([
      { id: "a", size_id: 1 },
      { id: "b", size_id: 2 },
    ]);
    expect(sound.notes.join("\n")).not.toContain("was taken");
  });

  it.each([
    ["42", "a single value"],
    ['"text"', "a single value"],
    ["null", "a single value"],
    ["", "empty"],
    [" \n\t", "empty"],
    ["[1, 2, 3]", "an array without objects"],
    ['[{"id": "a"}, 3]', "1 of 2 elements are no objects"],
    ["[]", "the array is empty"],
    ['[{"id": 1}, {"id": 2}]', "`id` holds numbers, and keys must be text"],
    ['[{"a": "x"}, {"a": "x"}]', "no member can be the key"],
    ['[{"id": "x"}, {"name": "y"}]', "no member can be the key"],
    ['[{"id": ""}, {"id": "y"}]', "no member can be the key"],
  ])("of %j is not decided, and the reason is told", async (content, note) => {
    const report = await seen(content);
    expect(report.proposal).toBeUndefined();
    expect(report.notes.join("\n")).toContain(note);
    expect(report.problems).toEqual([]);
  });

  it("of maps inside a map is taken for records, with a note", async () => {
    const map = { a: { n: 1 }, b: { n: 2 }, c: { n: 3 } };
    const report = await seen({ users: map, teams: map });
    expect(report.kind).toBe("map");
    expect(report.notes.join("\n")).toContain("maps inside a map: each of `users`, `teams`");
  });

  it("of a file that is no JSON is told with its place", async () => {
    const report = await seen('{\n  "a": {"x": 1},\n  "b": nix\n}');
    expect(report).toMatchObject({ kind: "broken", proposal: undefined });
    expect(report.problems[0]?.position).toMatchObject({ file: "things.json", line: 3, column: 8 });
  });

  const blank = new Set(["an empty file", "whitespace only", "a byte order mark only"]);
  const broken = malformedJson.filter((one) => one.kind !== "finding" && !blank.has(one.name));

  it.each(broken.map((one) => [one.name, one] as const))(
    "of %s is told to be no JSON, with a place",
    async (_name, { bytes }) => {
      await put("things.json", bytes);
      const report = await inspectFile({ folder, file: "things.json", name: "things" });
      expect(report).toMatchObject({ kind: "broken", proposal: undefined });
      expect(report.problems).toHaveLength(1);
      expect(report.problems[0]?.message).toContain("line");
    },
  );

  // A double holds this one to the last digit, so that nothing is lost when it is read.
  const kept = new Set(["a big negative integer"]);
  const flawed = malformedJson.filter((one) => one.kind === "finding" && !kept.has(one.name));

  it.each(flawed.map((one) => [one.name, one] as const))(
    "of %s is seen, with the place of what a store cannot keep",
    async (_name, { bytes, line, column }) => {
      await put("things.json", bytes);
      const report = await inspectFile({ folder, file: "things.json", name: "things" });
      expect(report.proposal).toBeDefined();
      expect(report.problems[0]?.position).toMatchObject({ line, column });
    },
  );
});

describe("a record's members", () => {
  const records = many(20, (index) => ({
    id: `r${index}`,
    status: index % 2 === 0 ? "open" : "done",
    title: `Thing number ${index}`,
    size: index,
    ratio: index / 8,
    ok: index > 3,
    tags: ["x"],
    at: `2025-01-${String(index + 1).padStart(2, "0")}T10:00:00`,
    utc: `2025-01-01T10:00:${String(index).padStart(2, "0")}.5Z`,
    last_used: 1_700_000_000 + index + 0.25,
    createdAt: 1_700_000_000_000 + index,
    nothing: null,
  }));

  it("get the kinds of their values", async () => {
    const { proposal } = await seen(records);
    expect(proposal?.fields).toEqual({
      id: { kind: "text" },
      status: { kind: "text" },
      title: { kind: "text" },
      size: { kind: "integer" },
      ratio: { kind: "real" },
      ok: { kind: "boolean" },
      tags: { kind: "json" },
      at: { kind: "timestamp", as: "iso-local" },
      utc: { kind: "timestamp", as: "iso-utc" },
      last_used: { kind: "timestamp", as: "epoch-s" },
      createdAt: { kind: "timestamp", as: "epoch-ms" },
    });
  });

  it("that group or date the records are indexed, and names can be searched", async () => {
    const { proposal } = await seen(records);
    expect(proposal?.key).toBe("id");
    expect(proposal?.indexes).toEqual(["status", "at", "utc", "last_used", "createdAt"]);
    expect(proposal?.search).toEqual(["title"]);
    expect(proposal?.order).toBe("append");
  });

  it("with a time that falls from record to record tell that the newest comes first", async () => {
    expect((await seen(records.toReversed())).proposal?.order).toBe("prepend");
  });

  it("of one kind but for a few are declared, and the others reported", async () => {
    const mixed = keyed(many(100, (index) => ({ n: index < 3 ? `${index}` : index })));
    const report = await seen(mixed);
    expect(report.proposal?.fields["n"]).toEqual({ kind: "integer" });
    expect(report.notes).toContainEqual(expect.stringContaining("`n`: 3 values are no integer"));
  });

  it("of mixed kinds are json, and the mixture is reported", async () => {
    const mixed = keyed(many(10, (index) => ({ n: index < 4 ? `${index}` : index })));
    const report = await seen(mixed);
    expect(report.proposal?.fields["n"]).toEqual({ kind: "json" });
    expect(report.notes).toContainEqual(
      expect.stringContaining("`n` is of mixed kinds (6 values integer, 4 values text)"),
    );
  });

  it("that look like keys are not declared", async () => {
    const maps = keyed(many(60, (index) => ({ [`person ${index}`]: 1 })));
    const report = await seen(maps);
    expect(report.proposal?.fields).toEqual({});
    expect(report.notes.join("\n")).toContain("look like keys");
  });

  it("with names that are no columns, or clash, or mean something, still give a definition", async () => {
    const record = JSON.parse(
      '{"日本": 1, "fooBar": 1, "foo_bar": 2, "and": 1, "$key": 1, "__proto__": 1, "1st": 1, "a b": 1, "_": 1}',
    );
    await put("odd.json", JSON.stringify({ x: record, y: record }));
    const { collections } = collectionsOf(await inspectFolder(folder));
    const members = [...(collections[0]?.fields.keys() ?? [])];
    expect(members).toEqual(["日本", "fooBar", "foo_bar", "__proto__", "1st", "a b", "_"]);
    const columns = [...(collections[0]?.fields.values() ?? [])].map((field) => field.column);
    expect(new Set(columns).size).toBe(columns.length);
  });
});

describe("a folder", () => {
  it("is looked at three folders deep, past what is no data", async () => {
    const data = '{"a": {"n": 1}}';
    const none = [
      "package.json",
      "package-lock.json",
      "tsconfig.build.json",
      "cutover.config.json",
      "node_modules/x/a.json",
      ".cutover/record.json",
      ".vscode/settings.json",
      "old.json.bak",
      "a/b/c/d/deep.json",
    ];
    for (const path of [...none, "users.json", "a/b/c/three.json", "b/users.json"]) {
      await put(path, data);
    }
    await symlink(join(folder, "users.json"), join(folder, "link.json"));
    const { files } = await inspectFolder(folder);
    expect(files.map((file) => [file.file, file.proposal?.name])).toEqual([
      ["a/b/c/three.json", "three"],
      ["b/users.json", "b_users"],
      ["users.json", "users"],
    ]);
  });

  it.each([
    ["2024 Sales-Report.json", "collection_2024_sales_report"],
    ["camelCase.json", "camel_case"],
    ["日本.json", "collection"],
  ])("gives the collection of %j the name %s", async (file, name) => {
    await put(file, '{"a": {"n": 1}}');
    expect((await inspectFolder(folder)).files[0]?.proposal?.name).toBe(name);
  });

  it("of the models-downloader is understood without knowing it", async () => {
    const written = await writeLookalike(folder, { scale: { node_metadata: 0.01 } });
    const { files } = await inspectFolder(folder);
    const expected = new Map(written.files.map((file) => [file.path, file.records]));
    expect(new Map(files.map((file) => [file.file, file.records]))).toEqual(expected);
    const kinds = new Map(files.map((file) => [file.file, file.kind]));
    expect(Object.fromEntries(kinds)).toEqual({
      "download_history.json": "array",
      "metadata/model-aliases.json": "wrapper",
      "model_catalog.json": "wrapper",
      "model_metadata.json": "map",
      "node_metadata.json": "map",
      "settings.json": "settings",
      "tavily_cache.json": "map",
      "usage_cache.json": "map",
    });
    const history = files.find((file) => file.file === "download_history.json");
    expect(history?.proposal?.order).toBe("prepend");
  });

  it("with a file larger than all its memory is looked at", async () => {
    const bytes = 60_000_000;
    const { records } = await hugeJsonFile(join(folder, "huge.json"), { bytes, shape: "object" });
    const { stdout } = await run(process.execPath, [
      "--max-old-space-size=32",
      "--conditions=@cutover/source",
      join(import.meta.dirname, "inspect-folder.fixture.ts"),
      folder,
    ]);
    expect(JSON.parse(stdout)).toMatchObject([{ file: "huge.json", kind: "map", records }]);
  });

  it("can be left while it is looked at", async () => {
    await put("a.json", "{}");
    const signal = AbortSignal.abort(new RangeError("enough"));
    await expect(inspectFolder(folder, { signal })).rejects.toThrow("enough");
  });
});
