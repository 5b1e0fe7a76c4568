import { execFile } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const program = join(import.meta.dirname, "load-config.fixture.ts");

const good = `import { defineCollection, defineConfig, text, timestamp } from "cutover";
export default defineConfig({
  folder: "./data",
  database: "app.db",
  collections: [
    defineCollection({ name: "users", key: "id", fields: { id: text(), seen: timestamp({ as: "epoch-ms" }) } }),
  ],
});
`;

const asJson = JSON.stringify({
  folder: "./data",
  database: "app.db",
  collections: [
    {
      name: "users",
      key: "id",
      fields: { id: { kind: "text" }, seen: { kind: "timestamp", as: "epoch-ms" } },
    },
  ],
});

/** Each lies in a folder of its own; all are loaded by one process, with Node's own loader. */
const configs = {
  ts: ["cutover.config.ts", good],
  mts: ["cutover.config.mts", good],
  mjs: ["cutover.config.mjs", good],
  json: ["cutover.config.json", asJson],
  typed: [
    "cutover.config.ts",
    'const database: string = "t.db";\nexport default { database, collections: [] };',
  ],
  installed: [
    "cutover.config.mjs",
    'import { name } from "cutover";\nexport default { database: name, collections: [] };',
  ],
  brokenTs: ["cutover.config.ts", "export default {\n  collections: ,\n};"],
  brokenJs: ["cutover.config.mjs", "const a = 1;\nconst b = = 2;\nexport default {};"],
  brokenJson: ["cutover.config.json", '{\n  "collections": [],\n}'],
  enum: ["cutover.config.ts", "\n\nenum A { x }\nexport default {};"],
  throws: [
    "cutover.config.ts",
    'const a: number = 1;\nconst fail = () => { throw new Error("no " + a); };\n\nfail();',
  ],
  contradicts: ["cutover.config.ts", good.replace('key: "id"', 'key: "id", indexes: ["nix"]')],
  missing: ["cutover.config.ts", '// models\nimport { a } from "./gone.ts";\nexport default a;'],
  unexported: ["cutover.config.mjs", "export const config = {};"],
  misspelt: [
    "cutover.config.ts",
    "export default {\n  collections: [],\n  // databse\n  databse: 1,\n};",
  ],
  unreadable: ["cutover.config.tsx", good],
} as const;

type Name = keyof typeof configs;

interface Loaded {
  readonly code?: string;
  readonly message?: string;
  readonly line?: number;
  readonly column?: number;
  readonly folder?: string;
  readonly database?: string;
  readonly collections?: readonly unknown[];
}

let root = "";
let results: readonly Loaded[] = [];
const names: readonly string[] = Object.keys(configs);
const loaded = (name: Name): Loaded => results[names.indexOf(name)] ?? {};
const pathOf = (name: Name): string => join(root, name, configs[name][0]);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "cutover-config-"));
  const files: string[] = [];
  for (const [name, [file, source]] of Object.entries(configs)) {
    await mkdir(join(root, name));
    await writeFile(join(root, name, file), source);
    files.push(join(root, name, file));
  }
  const installed = join(root, "installed", "node_modules", "cutover");
  await mkdir(installed, { recursive: true });
  await writeFile(join(installed, "package.json"), '{"type":"module","exports":"./own.js"}');
  await writeFile(join(installed, "own.js"), 'export const name = "own.db";');
  const { stdout } = await run(process.execPath, [
    "--conditions=@cutover/source",
    program,
    ...files,
  ]);
  const printed: Loaded[] = JSON.parse(stdout);
  results = printed;
});

describe("a config file", () => {
  it.each(["ts", "mts", "mjs"] as const)(
    "in .%s, outside of any project, imports cutover and is loaded",
    (name) => {
      expect(loaded(name)).toMatchObject({ folder: join(root, name, "data"), database: "app.db" });
      expect(loaded(name).collections).toMatchObject([{ name: "users", keyMember: "id" }]);
    },
  );

  it("in JSON gives the same definitions", () => {
    expect(loaded("json").collections).toHaveLength(1);
    expect(loaded("json").collections).toEqual(loaded("ts").collections);
  });

  it("in TypeScript may have types", () => {
    expect(loaded("typed").database).toBe("t.db");
  });

  it("uses the cutover that is installed beside it, where there is one", () => {
    expect(loaded("installed").database).toBe("own.db");
  });

  it.each([
    ["brokenTs", 2, 16],
    ["brokenJs", 2, 11],
    ["brokenJson", 3, 1],
    ["enum", 3, 1],
  ] as const)("with a syntax error (%s) names line %i, column %i", (name, line, column) => {
    expect(loaded(name)).toMatchObject({ code: "CONFIG_INVALID", line, column });
    expect(loaded(name).message).toContain(`${pathOf(name)}:${line}:${column}: `);
  });

  it("that throws names the line it throws at, even behind a function", () => {
    expect(loaded("throws")).toMatchObject({ code: "CONFIG_INVALID", line: 2, column: 28 });
    expect(loaded("throws").message).toContain("no 1");
  });

  it("with a definition that contradicts itself names the definition's line", () => {
    expect(loaded("contradicts")).toMatchObject({ code: "CONFIG_INVALID", line: 6 });
    expect(loaded("contradicts").message).toContain('indexes names "nix"');
  });

  it("that imports what is not there names the line of the import", () => {
    expect(loaded("missing")).toMatchObject({ code: "CONFIG_INVALID", line: 2 });
  });

  it("without a default export says what to write", () => {
    expect(loaded("unexported")).toMatchObject({ code: "CONFIG_INVALID", line: 1 });
    expect(loaded("unexported").message).toContain("export default defineConfig");
  });

  it("with a misspelt option names its line, not that of a comment, and what was meant", () => {
    expect(loaded("misspelt")).toMatchObject({ code: "CONFIG_INVALID", line: 4, column: 3 });
    expect(loaded("misspelt").message).toContain("did you mean `database`");
  });

  it("in a language that this Node cannot read says how to go on", () => {
    expect(loaded("unreadable").code).toBe("CONFIG_INVALID");
    expect(loaded("unreadable").message).toMatch(
      /cannot read TypeScript.*22\.18.*cutover\.config\.mjs/,
    );
  });
});
