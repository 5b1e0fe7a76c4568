import { replayFrom, runModel } from "@cutover/contract-tests/model";
import { startPostgres, type TestDatabase } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { databaseVariable, subject } from "./postgres.subject.fixture.ts";

describePostgres("Postgres beside the model", () => {
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = await (await startPostgres()).database({ order: "language" });
    process.env[databaseVariable] = database.url;
  });
  afterAll(() => database?.drop());

  it("answers as the model does", async () => {
    const isFull = process.env["CUTOVER_PROOF"] === "full";
    const endMs = performance.now() + 300_000;
    const report = await runModel({
      subjects: [subject],
      commands: isFull ? 5000 : 100,
      sequenceLength: isFull ? 40 : 10,
      isOver: () => performance.now() > endMs,
      ...replayFrom(process.env),
      replayWith: "npx vitest run --project contract adapters/kysely/test/postgres/model",
    });
    console.log(`model: ${report.commands} commands on Postgres, seed ${report.seed}`);
    expect(report.commands).toBeGreaterThan(0);
  }, 600_000);
});
