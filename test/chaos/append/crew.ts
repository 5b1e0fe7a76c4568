import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { childEnv } from "../child-env.ts";
import type { SubjectKind } from "../subject.ts";

/** Where processes write, and what they write down. */
export interface CrewOptions {
  readonly kind: SubjectKind;
  /** Name of a seeded fault, or `-`. */
  readonly fault: string;
  readonly folder: string;
  readonly journals: string;
}

/** A process that runs transactions. */
export class Writer {
  done = 0;
  readonly #child: ChildProcess;
  /** Its exit code; null if a signal ended it. */
  readonly #ended: Promise<number | null>;
  #waiting: { readonly count: number; readonly resolve: () => void } | undefined;

  constructor({ kind, fault, folder, journals }: CrewOptions, number: number) {
    const program = join(import.meta.dirname, "writer.fixture.ts");
    const args = ["--conditions=@cutover/source", program];
    const given = [kind, fault, folder, journals, String(number)];
    this.#child = spawn(process.execPath, [...args, ...given], {
      stdio: ["pipe", "pipe", "inherit"],
      env: childEnv,
    });
    this.#ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdout?.on("data", (dots: Buffer) => {
      this.done += dots.length;
      if (this.#waiting !== undefined && this.done >= this.#waiting.count) this.#waiting.resolve();
    });
  }

  begin(): void {
    this.#child.stdin?.write("go\n");
  }

  /** Resolves when so many transactions more are done. @throws if it ends instead */
  async advanced(more: number): Promise<void> {
    const reached = Promise.withResolvers<void>();
    this.#waiting = { count: this.done + more, resolve: reached.resolve };
    const early = this.#ended.then((status) => {
      throw new Error(`a writer ended by itself with ${status}`);
    });
    await Promise.race([reached.promise, early]);
  }

  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** Lets it end what it began. */
  async stop(): Promise<void> {
    this.#child.stdin?.write("stop\n");
    const status = await this.#ended;
    if (status !== 0) throw new Error(`a writer ended with ${status}`);
  }
}
