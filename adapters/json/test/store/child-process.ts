import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** A real process running one of the `*.fixture.ts` programs beside the tests. */
export interface Child {
  readonly pid: number;
  /** Lines of its standard output, as they come; ends when it ends. */
  readonly lines: AsyncIterator<string>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** The next line. @throws with what it printed to standard error if it ended instead */
  readonly nextLine: () => Promise<string>;
  /** Name of the signal that ended it, or `exit`. @throws if it failed by itself */
  readonly ended: Promise<string>;
}

export function startChild(fixture: string, args: readonly string[]): Child {
  const path = fileURLToPath(new URL(fixture, import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@cutover/source", path, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid, stdout, stderr } = child;
  if (pid === undefined) throw new Error(`could not start ${fixture}`);
  let complaints = "";
  stderr.on("data", (text: Buffer) => {
    complaints += text.toString();
  });
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error(`${fixture} ended early: ${complaints}`);
    return value;
  };
  const ended = endOf(child, () => complaints);
  ended.catch(() => {});
  return { pid, lines, nextLine, kill: (signal) => void child.kill(signal), ended };
}

async function endOf(child: ChildProcess, complaints: () => string): Promise<string> {
  await once(child, "close");
  if (child.signalCode !== null) return child.signalCode;
  if (child.exitCode === 0) return "exit";
  throw new Error(`exit code ${child.exitCode}: ${complaints()}`);
}

/** Waits until the kernel shows the process as stopped. */
export async function untilStopped(child: Child): Promise<void> {
  for (;;) {
    const stat = readFileSync(`/proc/${child.pid}/stat`, "latin1");
    if (stat.slice(stat.lastIndexOf(")") + 2).startsWith("T")) return;
    await turn();
  }
}
