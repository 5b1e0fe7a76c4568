import { PassThrough } from "node:stream";
import { runCli } from "../../src/cli.ts";

/** What a run of the command printed, and how it ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run with `--json`. */
export interface RanJson extends Ran {
  readonly answer: {
    readonly ok: boolean;
    readonly command: string;
    readonly canAdvance: boolean;
    readonly blockedBy: readonly { readonly code: string; readonly message: string }[];
    readonly reversible: boolean | null;
    readonly nextSteps: readonly string[];
    readonly [detail: string]: unknown;
  };
}

/** Runs the command in this process, with nobody at the terminal. */
export async function run(
  argv: readonly string[],
  signal: AbortSignal = new AbortController().signal,
): Promise<Ran> {
  const stdin = new PassThrough();
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  let [stdout, stderr] = ["", ""];
  streams.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  streams.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  const code = await runCli(argv, { ...streams, stdin, env: {}, cwd: "/", signal });
  return { code, stdout, stderr };
}

/** Runs the command with somebody at the terminal, who answers every question like this. */
export async function runAtTerminal(argv: readonly string[], answer: string): Promise<Ran> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const stdout = new PassThrough();
  const stderr = Object.assign(new PassThrough(), { isTTY: true });
  let [out, err] = ["", ""];
  stdout.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
  stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString("utf8");
    if (err.endsWith("[y/N] ")) stdin.write(`${answer}\n`);
  });
  const { signal } = new AbortController();
  const code = await runCli(argv, { stdin, stdout, stderr, env: {}, cwd: "/", signal });
  return { code, stdout: out, stderr: err };
}

/** Runs the command with `--json`. */
export async function runJson(argv: readonly string[]): Promise<RanJson> {
  const ran = await run([...argv, "--json"]);
  const answer: RanJson["answer"] = JSON.parse(ran.stdout);
  return { ...ran, answer };
}
