import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const program = fileURLToPath(new URL("../../src/bin.ts", import.meta.url));

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

/** The command in a process of its own. */
export class Served {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ending>;
  #output = "";
  #errors = "";

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, ["--conditions=@cutover/source", program, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, CUTOVER_BACKEND: "", ...env },
    });
    this.#child.stdout?.on("data", (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#child.stderr?.on("data", (chunk: Buffer) => (this.#errors += chunk.toString()));
    this.#ended = once(this.#child, "close").then(() => ({
      code: this.#child.exitCode,
      signal: this.#child.signalCode,
    }));
    onTestFinished(async () => {
      this.kill("SIGKILL");
      await this.#ended;
    });
  }

  get output(): string {
    return this.#output;
  }

  get errors(): string {
    return this.#errors;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits until it serves. @returns its address, `/workflow-models` included */
  async address(): Promise<string> {
    for (;;) {
      const [, url] = /serving .* at (http:\S+)\n/.exec(this.#output) ?? [];
      if (url !== undefined) return `${url}/workflow-models`;
      const stdout = this.#child.stdout;
      if (!this.isRunning || stdout === null)
        throw new Error(`it does not serve: ${this.#output}${this.#errors}`);
      await Promise.race([once(stdout, "data"), this.#ended]);
    }
  }

  kill(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): void {
    if (this.isRunning) this.#child.kill(signal);
  }

  ending(): Promise<Ending> {
    return this.#ended;
  }
}

/** Starts the command; it is ended with the test. */
export function serve(...args: readonly string[]): Served {
  return new Served(args);
}
