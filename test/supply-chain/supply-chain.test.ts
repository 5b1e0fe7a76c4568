import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { licencePage } from "../../scripts/licence-page.ts";
import { runtimeClosure } from "../../scripts/runtime-closure.ts";

const root = join(import.meta.dirname, "../..");
const closure = runtimeClosure(root);
const textOf = (path: string): string => readFileSync(join(root, path), "utf8");

/** Licences that ask for nothing but their own text. */
const permissive = ["MIT", "ISC", "Apache-2.0", "BlueOak-1.0.0"];

describe("what an application gets with the packages", () => {
  test("is found where it is installed", () => {
    const names = closure.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["better-sqlite3", "kysely", "proper-lockfile"]));
    expect(closure.filter(({ name, version }) => name === "" || version === "")).toEqual([]);
  });

  test("runs no script when it is installed", () => {
    expect(closure.filter(({ installScripts }) => installScripts.length > 0)).toEqual([]);
  });

  test("has permissive licences only", () => {
    expect(closure.filter(({ licence }) => !permissive.includes(licence))).toEqual([]);
  });

  test("is what docs/licences.md lists (pnpm run docs writes it anew)", () => {
    expect(textOf("docs/licences.md")).toBe(licencePage(closure));
  });
});

describe("the lockfile", () => {
  const resolutions = textOf("pnpm-lock.yaml")
    .split("\n")
    .filter((line) => line.startsWith("    resolution: "));

  test("holds the hash of everything that is downloaded", () => {
    expect(resolutions.length).toBeGreaterThan(100);
    const hashed = /^ {4}resolution: \{integrity: sha512-[\w+/]{86}==[,}]/;
    expect(resolutions.filter((line) => !hashed.test(line))).toEqual([]);
  });

  test("names nothing that comes from a git address or a file of another host", () => {
    expect(resolutions.filter((line) => /tarball|repo|commit|https?:/.test(line))).toEqual([]);
  });
});

describe("an installation", () => {
  const workspace = textOf("pnpm-workspace.yaml");

  test("runs the scripts of development tools only, named one by one", () => {
    const block = /^allowBuilds:\n((?: .*\n)+)/m.exec(workspace)?.[1] ?? "";
    const allowed = [...block.matchAll(/^ {2}"?([^":]+)"?: true$/gm)].flatMap(
      ([, name]) => name ?? [],
    );
    expect(allowed).toContain("node");
    const shipped = closure.map(({ name }) => name);
    expect(allowed.filter((name) => shipped.includes(name))).toEqual([]);
    expect(workspace).toMatch(/^strictDepBuilds: true$/m);
  });

  test("takes no version that is younger than a day", () => {
    const minutes = /^minimumReleaseAge: (\d+)$/m.exec(workspace)?.[1];
    expect(Number(minutes)).toBeGreaterThanOrEqual(24 * 60);
    expect(workspace).not.toMatch(/^minimumReleaseAgeExclude/m);
    expect(workspace).toMatch(/^blockExoticSubdeps: true$/m);
  });

  test.each([".ci/run", ".github/workflows/ci.yml"])("by %s changes no lockfile", (path) => {
    const installs = textOf(path).match(/pnpm@12 install.*/g) ?? [];
    expect(installs.length).toBeGreaterThan(0);
    for (const line of installs) expect(line).toContain("--frozen-lockfile");
  });
});
