import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, it, onTestFinished } from "vitest";
import { secondHop } from "../src/second-hop.ts";

const way = [
  "json → sqlite      start      dualwrite",
  "json → sqlite      advance    shadow",
  "json → sqlite      switch     live",
  "json → sqlite      ramp down  rampdown",
  "json → sqlite      complete   complete",
  "sqlite → postgres  start      dualwrite",
  "sqlite → postgres  advance    shadow",
  "sqlite → postgres  switch     live",
  "sqlite → postgres  reverse    shadow",
];

describePostgres("two hops, json → sqlite → postgres and one step back", () => {
  it("serve every request at every stage and lose nothing that was acknowledged", async () => {
    await using database = await (await startPostgres()).database();
    const folder = await mkdtemp(join(tmpdir(), "second-hop-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const said: string[] = [];
    const { served, acknowledged, missing } = await secondHop({
      folder,
      connectionString: database.url,
      durability: "process-crash",
      say: (line) => said.push(line),
    });
    expect(said.map((line) => line.replace(/ *writers waited [\d.]+ ms$/, ""))).toEqual(way);
    expect(served).toBeGreaterThanOrEqual(40 * way.length);
    expect(acknowledged).toBeGreaterThan(0);
    expect(missing).toBe(0);
    const [row] = await database.query("SELECT count(*)::int AS records FROM second_hop.models");
    expect(row).toEqual({ records: acknowledged });
  });
});
