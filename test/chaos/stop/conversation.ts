import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setImmediate as turn } from "node:timers/promises";
import { childEnv } from "../child-env.ts";

/** A child process that one talks with line by line. */
export interface Conversation {
  say(line: string): void;
  /** @throws if it ends instead */
  hear(): Promise<string>;
  /** Stops it, and waits until the kernel shows it stopped. */
  stop(): Promise<void>;
  /** Resolves when the kernel shows it stopped. */
  stopped(): Promise<void>;
  goOn(): void;
  /** Kills it, and waits for its end. */
  kill(): Promise<void>;
}

export function converse(fixture: string, args: readonly string[]): Conversation {
  const program = join(import.meta.dirname, fixture);
  const given = ["--conditions=@cutover/source", program, ...args];
  const child = spawn(process.execPath, given, {
    stdio: ["pipe", "pipe", "inherit"],
    env: childEnv,
  });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const stopped = async (): Promise<void> => {
    for (;;) {
      const stat = readFileSync(`/proc/${child.pid}/stat`, "latin1");
      if (stat.slice(stat.lastIndexOf(")") + 2).startsWith("T")) return;
      await turn();
    }
  };
  return {
    say: (line) => void child.stdin.write(`${line}\n`),
    hear: async () => {
      const { done, value } = await lines.next();
      if (done === true) throw new Error(`${fixture} ended early`);
      return value;
    },
    stop: async () => {
      child.kill("SIGSTOP");
      await stopped();
    },
    stopped,
    goOn: () => void child.kill("SIGCONT"),
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
