import { runCli } from "./cli.ts";
import { Interrupted } from "./output/error-report.ts";

/** Runs the command in this process. @returns the exit code */
export async function main(): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = (): void => {
    // Asked twice: the work does not listen, and what is not committed is safe to leave.
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort(new Interrupted("interrupted; what was not finished was not switched over"));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // The reader went away, as `head` does.
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  const { stdin, stdout, stderr, env } = process;
  const signal = interrupt.signal;
  return runCli(process.argv.slice(2), { stdin, stdout, stderr, env, cwd: process.cwd(), signal });
}
