import { defineCollection } from "@cutover/core";
import { postgresBackend } from "@cutover/kysely/postgres";
import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { describe, expect, it } from "vitest";
import { engines } from "../../src/postgres/engine.ts";
import { engineOf, problemsOf, refuseProblems } from "../../src/postgres/server-check.ts";

const fit = {
  engine: "PostgreSQL",
  version: 180_004,
  encoding: "UTF8",
  fsync: "on",
  fullPageWrites: "on",
  synchronousCommit: "on",
  readOnly: false,
} as const;

describe("the engine behind a server", () => {
  it.each([
    ["PostgreSQL 18.4 on x86_64-pc-linux-gnu, compiled by gcc, 64-bit", "PostgreSQL"],
    ["CockroachDB CCL v25.4.0 (x86_64-pc-linux-gnu)", "CockroachDB"],
    ["PostgreSQL 15.12-YB-2.25.2.0-b0 on x86_64-pc-linux-gnu", "YugabyteDB"],
    ["PostgreSQL 16.3 compatible CedarDB v2025-01-01", "CedarDB"],
    ["PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC, Redshift 1.0.77467", "Redshift"],
    ["Materialize v0.1", "Materialize"],
  ])("is read from %s", (version, engine) => {
    expect(engineOf(version)).toBe(engine);
  });

  it("is refused by its name where it is not PostgreSQL, whatever durability is asked for", () => {
    const problems = problemsOf({ ...fit, engine: "CockroachDB", version: 130_000 });
    expect(problems.map(({ setting }) => setting)).toEqual(["engine", "server_version_num"]);
    expect(problems.some(({ durability }) => durability)).toBe(false);
    expect(() => refuseProblems(problems, "postgres://one/db")).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: expect.stringContaining("engine = CockroachDB"),
      }),
    );
  });

  it("has nothing against it where it is PostgreSQL and waits for its disk", () => {
    expect(problemsOf(fit)).toEqual([]);
  });
});

describe("an engine that was named", () => {
  it.each([
    ["cockroachdb", "CockroachDB", 130_000],
    ["yugabytedb", "YugabyteDB", 150_012],
  ] as const)("is taken: %s", (name, engine, version) => {
    expect(problemsOf({ ...fit, engine, version }, engines[name])).toEqual([]);
  });

  it("is told to whoever meets it without having named it", () => {
    const [problem] = problemsOf({ ...fit, engine: "CockroachDB" });
    expect(problem?.problem).toContain('`engine: "cockroachdb"`');
    const [unknown] = problemsOf({ ...fit, engine: "CedarDB" });
    expect(unknown?.problem).not.toContain("engine:");
  });

  it("has to be the one that is there", () => {
    const [problem] = problemsOf(fit, engines.cockroachdb);
    expect(problem).toMatchObject({ setting: "engine", value: "PostgreSQL", durability: false });
    expect(problem?.problem).toContain("says CockroachDB");
  });

  it("that there is no way with is refused, with those that there are", () => {
    const url = { connectionString: "postgres://127.0.0.1:1/none" };
    // A configuration file can say anything.
    const options = JSON.parse(JSON.stringify({ ...url, engine: "oracle" }));
    expect(() => postgresBackend(options)).toThrow(/"oracle".*postgresql, cockroachdb, yugabytedb/);
  });
});

describePostgres("a server", () => {
  it("that is PostgreSQL is refused where another engine was named, and nothing is made there", async () => {
    await using database = await (await startPostgres()).database();
    const connectionString = database.url;
    const durability = "process-crash";
    await using store = postgresBackend({ connectionString, durability, engine: "cockroachdb" });
    await expect(store.collection(defineCollection({ name: "c" })).put("k", 1)).rejects.toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: expect.stringMatching(/engine = PostgreSQL.*says CockroachDB/),
      }),
    );
    expect(await database.query("SELECT 1 FROM pg_namespace WHERE nspname = 'cutover'")).toEqual(
      [],
    );
  });
});
