import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { childEnv } from "../child-env.ts";
import type { SubjectKind } from "../subject.ts";

export interface WriterOptions {
  readonly kind: SubjectKind | "control" | "early";
  /** It has a folder for each store, named by its number. */
  readonly folder: string;
  /** Default: 1. */
  readonly stores?: number;
  /** In the keys that it writes. */
  readonly name: string;
  /** Modules that it loads first. */
  readonly imports?: readonly string[];
  /** Its complaints are expected, and are kept. Default: they are shown. */
  readonly isQuiet?: boolean;
  /** Default: the one that writes to stores. */
  readonly program?: string | undefined;
}

const storeWriter = join(import.meta.dirname, "writer.fixture.ts");

/** Something a writer said of one of its stores. */
export interface Heard {
  readonly store: number;
  readonly what: string;
  readonly detail: string;
  /** When it said so, in nanoseconds of the machine's monotonic clock. */
  readonly atNs: bigint;
}

/** A writer that has loaded everything and touches nothing until it is told to begin. */
export class ReadyWriter {
  /** Of a quiet writer: what it complained of. */
  complaints = "";
  readonly #child: ChildProcess;
  readonly #exited: Promise<NodeJS.Signals | number | null>;

  constructor(options: WriterOptions) {
    const { kind, folder, stores = 1, name, imports = [], isQuiet = false } = options;
    const { program = storeWriter } = options;
    const args = ["--conditions=@cutover/source", ...imports.map((path) => `--import=${path}`)];
    this.#child = spawn(process.execPath, [...args, program, kind, folder, name, String(stores)], {
      stdio: ["pipe", "pipe", isQuiet ? "pipe" : "inherit"],
      // As many stores may wait for their syncs at a time.
      env: { ...childEnv, UV_THREADPOOL_SIZE: "16" },
    });
    this.#child.stderr?.on("data", (piece: Buffer) => {
      this.complaints += piece.toString();
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once("exit", (status, signal) => resolve(signal ?? status));
    });
  }

  /** Lets it write, and tells each line that it says. @returns when all of it was heard */
  async write(hear: (heard: Heard) => void): Promise<void> {
    const { stdin, stdout } = this.#child;
    if (stdin === null || stdout === null) throw new Error("the writer has no pipes");
    stdin.write("go\n");
    for await (const line of createInterface({ input: stdout })) {
      const [store, what = "", detail = "", atNs = "0"] = line.split(" ");
      hear({ store: Number(store), what, detail, atNs: BigInt(atNs) });
    }
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** @returns the signal that ended it, or its exit code */
  async end(): Promise<NodeJS.Signals | number | null> {
    return this.#exited;
  }
}
