import { describe, expect, it } from "vitest";
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
