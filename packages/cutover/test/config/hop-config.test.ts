import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkConfig } from "../../src/config/check-config.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { hopOf } from "../../src/hop/hop.ts";

const problemsOf = (more: object): readonly string[] =>
  (checkConfig({ collections: [], ...more }).problems ?? []).map(
    ({ path, message }) => `${path}: ${message}`,
  );

describe("the hop of a config", () => {
  it("is json → sqlite where nothing is said, and fills in what is left out", () => {
    expect(hopOf({})).toEqual({ from: "json", to: "sqlite" });
    expect(hopOf({ hop: { to: "postgres" } })).toEqual({ from: "json", to: "postgres" });
    expect(problemsOf({ hop: { from: "sqlite", to: "postgres" } })).toEqual([]);
    expect(problemsOf({ hop: { to: "postgres" }, postgres: { schema: "app" } })).toEqual([]);
  });

  it("that there is not is refused with those there are", () => {
    const all = "there are json→sqlite, json→postgres, sqlite→postgres";
    expect(problemsOf({ hop: { from: "sqlite" } })).toEqual([
      `hop: \`hop\` leads from sqlite to sqlite, which is none; ${all}`,
    ]);
    expect(problemsOf({ hop: { to: "json" } })).toEqual([
      'hop.to: `hop.to` must be "sqlite" or "postgres"',
    ]);
    expect(problemsOf({ hop: { form: "json" } })[0]).toContain("there is no option `hop.form`");
  });

  it("is that of all teams: one of a team's own is refused with where it belongs", () => {
    const teams = { assets: { collections: [], hop: { to: "postgres" } } };
    expect(problemsOf({ teams })[0]).toContain("say `hop` beside `teams`");
  });
});

describe("the server of a config", () => {
  it("is named by a variable: an address in the file is refused, and not repeated", () => {
    const [problem = ""] = problemsOf({
      hop: { to: "postgres" },
      postgres: { urlVariable: "postgres://user:geheim@host/app" },
    });
    expect(problem).toContain("must be the name of an environment variable");
    expect(problem).not.toContain("geheim");
  });

  it("is refused where the hop leads elsewhere", () => {
    expect(problemsOf({ postgres: {} })).toEqual([
      'postgres: `postgres` is for hops that lead there; say so: `hop: { to: "postgres" }`',
    ]);
  });

  it.each([
    ["schema", "pg_own"],
    ["schema", "a".repeat(56)],
    ["poolSize", 1],
    ["durability", "none"],
    ["engine", "CockroachDB"],
    ["engine", true],
  ])("is refused with %s %j", (name, value) => {
    const [problem] = problemsOf({ hop: { to: "postgres" }, postgres: { [name]: value } });
    expect(problem).toContain(`postgres.${name}: \`postgres.${name}\` must be`);
  });

  it.each(["postgresql", "cockroachdb", "yugabytedb"])("may name the engine %s", (engine) => {
    expect(problemsOf({ hop: { to: "postgres" }, postgres: { engine } })).toEqual([]);
  });

  it("that names an engine there is no way with is told those there are, at its line", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cutover-engine-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, "cutover.config.json");
    const postgres = '  "postgres": {\n    "engine": "citus"\n  }';
    await writeFile(
      file,
      `{\n  "collections": [],\n  "hop": { "to": "postgres" },\n${postgres}\n}\n`,
    );
    await expect(loadConfig(file)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: `${file}:5:5: \`postgres.engine\` must be "postgresql" or "cockroachdb" or "yugabytedb"`,
    });
  });
});
