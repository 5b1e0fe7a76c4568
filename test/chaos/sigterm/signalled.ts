import { spawn } from "node:child_process";
import { join } from "node:path";
import { childEnv } from "../child-env.ts";

/** How a program ended that SIGTERM was sent to. */
export interface Ended {
  /** Its exit code; null where a signal ended it. */
  readonly code: number | null;
  /** It got SIGTERM before it had ended by itself. */
  readonly isSignalled: boolean;
  /** It had to be killed, because it had not ended in time. */
  readonly isLate: boolean;
  readonly steps: number;
  readonly output: string;
  readonly complaints: string;
}

const patienceMs = 5000;
const preload = join(import.meta.dirname, "stop-at.fixture.ts");

/** When a program gets SIGTERM. */
export interface Signals {
  /** After so many of its steps; 0 is never. */
  readonly at: number;
  /** Once more after so many of its steps, as from somebody who cannot wait. Default: never. */
  readonly again?: number | undefined;
}

/** Runs a program that gets SIGTERM, and has five seconds to end then. */
export async function signalled(
  program: string,
  args: readonly string[],
  { at, again = 0 }: Signals,
): Promise<Ended> {
  const node = ["--conditions=@cutover/source", `--import=${preload}`, program, ...args];
  const child = spawn(process.execPath, node, {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    env: { ...childEnv, CUTOVER_STOP_AT: `${at},${again}` },
  });
  const said = { output: "", complaints: "", steps: "" };
  let isLate = false;
  let timer: NodeJS.Timeout | undefined;
  const listen = (descriptor: number, hear: (text: string) => void): void => {
    child.stdio[descriptor]?.on("data", (piece: Buffer) => hear(piece.toString()));
  };
  listen(1, (text) => (said.output += text));
  listen(2, (text) => (said.complaints += text));
  listen(3, (text) => {
    said.steps += text;
    if (!text.includes("!")) return;
    timer = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, patienceMs);
  });
  const ended = Promise.withResolvers<number | null>();
  child.once("error", ended.reject);
  child.once("close", ended.resolve);
  const code = await ended.promise;
  clearTimeout(timer);
  const { output, complaints } = said;
  const isSignalled = said.steps.includes("!");
  return {
    code,
    isSignalled,
    isLate,
    steps: Number(said.steps.replace("!", "")),
    output,
    complaints,
  };
}
