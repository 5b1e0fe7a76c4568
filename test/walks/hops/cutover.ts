import { spawn } from "node:child_process";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { runCli } from "../../../packages/cutover/src/cli.ts";

const program = fileURLToPath(new URL("../../../packages/cutover/src/bin.ts", import.meta.url));

/** What a run of the command answered. */
export interface Ran {
  readonly code: unknown;
  /** All that it printed. */
  readonly output: string;
  readonly answer: {
    readonly ok: boolean;
    readonly blockedBy: readonly { readonly code: string; readonly message: string }[];
    readonly nextSteps: readonly string[];
    readonly units?: readonly { readonly unit: string; readonly [member: string]: unknown }[];
    readonly [member: string]: unknown;
  };
}

type Env = Readonly<Record<string, string>>;

function ran(code: unknown, stdout: string, stderr: string): Ran {
  const answer: Ran["answer"] = JSON.parse(stdout);
  return { code, output: stdout + stderr, answer };
}

/** Runs the command as a process of its own, as an operator does, with this environment added. */
export async function cutoverProcess(argv: readonly string[], env: Env): Promise<Ran> {
  const child = spawn(
    process.execPath,
    ["--conditions=@cutover/source", program, ...argv, "--json"],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } },
  );
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return ran(code, stdout, stderr);
}

/** The same in this process, which takes less time. */
export async function cutover(argv: readonly string[], env: Env): Promise<Ran> {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const printed = Promise.all([text(streams.stdout), text(streams.stderr)]);
  const { signal } = new AbortController();
  const io = { ...streams, stdin: new PassThrough(), env, cwd: "/", signal };
  const code = await runCli([...argv, "--json"], io);
  streams.stdout.end();
  streams.stderr.end();
  const [stdout, stderr] = await printed;
  return ran(code, stdout, stderr);
}
