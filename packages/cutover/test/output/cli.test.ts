import { PassThrough } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { StorageError } from "@cutover/core";
import { describe, expect, it } from "vitest";
import { runCli } from "../../src/cli.ts";
import type { CliCommand, Session } from "../../src/commands/command.ts";
import type { Answer } from "../../src/output/answer.ts";
import { Interrupted } from "../../src/output/error-report.ts";

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const done: Answer = {
  ok: true,
  canAdvance: true,
  blockedBy: [],
  reversible: true,
  nextSteps: [],
};

/** Runs one command, `work`, in this process. */
async function run(
  work: (session: Session) => Promise<Answer>,
  options: { readonly signal?: AbortSignal; readonly argv?: readonly string[] } = {},
): Promise<Ended> {
  const command: CliCommand = {
    name: "work",
    register: (program, context) => {
      program.command("work").action(async () => context.run("work", work));
    },
  };
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const signal = options.signal ?? new AbortController().signal;
  const io = { stdin: new PassThrough(), stdout, stderr, env: {}, cwd: "/", signal };
  const code = await runCli(options.argv ?? ["work"], { ...io, commands: [command] });
  stdout.end();
  stderr.end();
  return { code, stdout: await textOf(stdout), stderr: await textOf(stderr) };
}

describe("a command", () => {
  it("ends with the exit code of its answer", async () => {
    expect((await run(async () => done)).code).toBe(0);
    expect((await run(async () => ({ ...done, ok: false }))).code).toBe(1);
    expect((await run(async () => ({ ...done, ok: false, exitCode: 3 }))).code).toBe(3);
  });

  it("that is refused ends with the code of the refusal, and the command to type", async () => {
    const nextCommand = "cutover rollback .";
    const { code, stderr } = await run(async () => {
      throw new StorageError("STAGE_REFUSED", "not now", { nextCommand });
    });
    expect(code).toBe(4);
    expect(stderr).toContain(`next: ${nextCommand}`);
  });

  it("that is interrupted ends with 130", async () => {
    const interrupt = new AbortController();
    const { code, stderr } = await run(
      async ({ signal }) => {
        interrupt.abort(new Interrupted("interrupted"));
        signal.throwIfAborted();
        return done;
      },
      { signal: interrupt.signal },
    );
    expect(code).toBe(130);
    expect(stderr).toContain("INTERRUPTED");
  });

  it("finds --json before and behind its name", async () => {
    for (const argv of [
      ["--json", "work"],
      ["work", "--json"],
    ]) {
      const { stdout } = await run(async ({ output }) => ({ ...done, ok: output.isJson }), {
        argv,
      });
      expect(JSON.parse(stdout)).toMatchObject({ ok: true, command: "work" });
    }
  });

  it("that would destroy something does not go ahead where nobody can be asked", async () => {
    const steps: string[] = [];
    const work = (yes: boolean) => async (session: Session) => {
      await session.confirm("Delete everything?", yes);
      steps.push("deleted");
      return done;
    };
    const refused = await run(work(false));
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("add --yes");
    expect(steps).toEqual([]);
    expect((await run(work(true))).code).toBe(0);
    expect(steps).toEqual(["deleted"]);
  });
});
