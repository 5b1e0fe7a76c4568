import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const execArgv = ["--conditions=@cutover/source"];
const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A process that writes for as long as it lives. */
export class Writer {
  private readonly child: ChildProcess;
  private written = 0;
  private ended: number | undefined;

  constructor(folder: string) {
    this.child = fork(pathOf("writer.fixture.ts"), [folder], { execArgv });
    this.child.on("message", (message: { count?: number; ended?: number }) => {
      this.written = message.count ?? this.written;
      this.ended = message.ended ?? this.ended;
    });
  }

  /** Resolves once it has written so many records more. */
  async writes(more: number): Promise<void> {
    const wanted = this.written + more;
    const stop = new AbortController();
    const dead = once(this.child, "exit", { signal: stop.signal }).then(() => {
      throw new Error("the writer died");
    });
    dead.catch(() => undefined);
    try {
      while (this.written < wanted) {
        await Promise.race([once(this.child, "message", { signal: stop.signal }), dead]);
      }
    } finally {
      stop.abort();
    }
  }

  /** Ends it. @returns how many records it had written, and its exit code */
  async end(): Promise<{ readonly written: number; readonly code: number | null }> {
    const exit = once(this.child, "exit");
    this.child.send("end");
    await exit;
    return { written: this.ended ?? -1, code: this.child.exitCode };
  }
}

/** The command as a process of its own. */
export function command(argv: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...execArgv, pathOf("../../src/bin.ts"), ...argv], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Waits for a process to end. */
export async function endOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) await once(child, "exit");
  return child.exitCode;
}
