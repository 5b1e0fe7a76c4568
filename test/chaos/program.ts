import { spawn } from "node:child_process";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { childEnv } from "./child-env.ts";

/** What a program printed, once it ended well. */
export interface ProgramRun {
  readonly output: string;
  /** The command that runs it again, from the repository's folder. */
  readonly command: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs one of the `*.fixture.ts` programs to its end. @throws with what it said if it failed */
export async function runProgram(path: string, args: readonly string[]): Promise<ProgramRun> {
  const given = ["--conditions=@cutover/source", path, ...args];
  const command = [
    "npx -y pnpm@12 exec node",
    "--conditions=@cutover/source",
    relative(root, path),
    ...args,
  ].join(" ");
  const child = spawn(process.execPath, given, {
    stdio: ["ignore", "pipe", "pipe"],
    env: childEnv,
  });
  const texts = { output: "", complaints: "" };
  child.stdout.on("data", (piece: Buffer) => {
    texts.output += piece.toString();
  });
  child.stderr.on("data", (piece: Buffer) => {
    texts.complaints += piece.toString();
  });
  const ended = Promise.withResolvers<number | null>();
  child.once("error", ended.reject);
  child.once("close", ended.resolve);
  const status = await ended.promise;
  if (status === 0) return { output: texts.output, command };
  throw new Error(`${command} ended with ${status}:\n${texts.complaints}`);
}
