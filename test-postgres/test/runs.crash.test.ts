import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { Client } from "pg";
import { expect, test } from "vitest";

const program = new URL("./run.fixture.ts", import.meta.url);
const isOurs = process.env["CUTOVER_TEST_POSTGRES_URL"] === undefined;

interface Run {
  readonly url: string;
  readonly folder: string;
}

/** A run of tests of its own, which has started a server. */
async function otherRun(): Promise<{ run: Run; end: (signal?: "SIGKILL") => Promise<void> }> {
  const { CUTOVER_TEST_POSTGRES_RUN: _own, ...env } = process.env;
  const child = fork(program, { env, execArgv: ["--conditions=@cutover/source"] });
  const [run] = await once(child, "message");
  const end = async (signal?: "SIGKILL"): Promise<void> => {
    const ended = once(child, "exit");
    if (signal === undefined) child.disconnect();
    else child.kill(signal);
    await ended;
  };
  return { run, end };
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

describePostgres("a Postgres for tests", () => {
  test.runIf(isOurs)("ends with the run that started it", async () => {
    const { run, end } = await otherRun();
    expect(await answers(run.url)).toBe(true);
    await end();
    expect(await answers(run.url)).toBe(false);
    expect(existsSync(run.folder)).toBe(false);
  });

  test.runIf(isOurs)("is stopped by the next run where its own was killed", async () => {
    const killed = await otherRun();
    await killed.end("SIGKILL");
    expect(await answers(killed.run.url)).toBe(true);
    const next = await otherRun();
    expect(await answers(killed.run.url)).toBe(false);
    expect(existsSync(killed.run.folder)).toBe(false);
    expect(await answers(next.run.url)).toBe(true);
    await next.end();
  });
});
