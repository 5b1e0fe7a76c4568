import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { allowedImports, eagerAdapterProblem, importProblem, importsOf } from "./import-rules.ts";

const root = join(import.meta.dirname, "../..");
const sources = Object.keys(allowedImports).flatMap((folder) =>
  globSync(`${folder}/src/**/*.ts`, { cwd: root }).map((file) => file.replaceAll("\\", "/")),
);

describe("who may import whom", () => {
  test("every package's source imports only what the architecture allows it", () => {
    expect(sources.length).toBeGreaterThan(100);
    const problems = sources.flatMap((file) =>
      importsOf(readFileSync(join(root, file), "utf8")).map((specifier) =>
        importProblem({ file, specifier }),
      ),
    );
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });

  test("the database adapter is loaded only when it is chosen", () => {
    const problems = sources.map((file) =>
      eagerAdapterProblem(file, readFileSync(join(root, file), "utf8")),
    );
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });

  test.each([
    ["core imports an adapter", { file: "packages/core/src/a.ts", specifier: "@cutover/json" }],
    [
      "an adapter imports its sibling",
      { file: "adapters/json/src/a.ts", specifier: "@cutover/kysely/sqlite" },
    ],
    [
      "an adapter imports the front door",
      { file: "adapters/kysely/src/a.ts", specifier: "cutover" },
    ],
    [
      "a relative path leaves the package",
      { file: "packages/cutover/src/a.ts", specifier: "../../core/src/index.ts" },
    ],
    ["source imports a test", { file: "adapters/json/src/a.ts", specifier: "../test/b.ts" }],
  ])("the rule is broken when %s", (_what, found) => {
    expect(importProblem(found)).toBeDefined();
  });

  test("static, dynamic, type and side-effect imports are all seen", () => {
    const source = [
      'import { a } from "one";',
      'import type { B } from "two";',
      'export { c } from "three";',
      'import "four";',
      'const five = await import("five");',
      'import {\n  long,\n  list,\n} from "six";',
      ' * import "seven" in a comment',
      '// import "eight";',
    ].join("\n");
    expect(importsOf(source)).toEqual(["one", "two", "three", "four", "five", "six"]);
  });

  test("an eager import of the database adapter is seen, a lazy or a type import is not", () => {
    const file = "packages/cutover/src/a.ts";
    expect(
      eagerAdapterProblem(file, 'import { sqliteBackend } from "@cutover/kysely/sqlite";'),
    ).toBeDefined();
    expect(
      eagerAdapterProblem(file, 'const x = await import("@cutover/kysely/sqlite");'),
    ).toBeUndefined();
    expect(
      eagerAdapterProblem(file, 'import type { X } from "@cutover/kysely/sqlite";'),
    ).toBeUndefined();
  });
});
