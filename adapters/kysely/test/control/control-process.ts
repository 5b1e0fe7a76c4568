import { fork, type ChildProcess } from "node:child_process";
import type { ControlTask } from "./control-tasks.ts";

interface Reply {
  readonly result?: unknown;
  readonly error?: string;
}

interface Waiting {
  readonly promise: Promise<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const sqliteProgram = new URL("./control.fixture.ts", import.meta.url);

/** Another process with the same control store open; killed when its scope ends. */
export class ControlProcess implements AsyncDisposable {
  readonly ended: Promise<void>;
  private readonly child: ChildProcess;
  private waiting: Waiting | undefined;

  private constructor(place: string, program: URL) {
    this.child = fork(program, [place], { execArgv: ["--conditions=@cutover/source"] });
    this.child.on("message", ({ result, error }: Reply) => {
      if (error === undefined) this.waiting?.resolve(result);
      else this.waiting?.reject(new Error(`in the other process: ${error}`));
    });
    this.ended = new Promise((resolve) => {
      this.child.on("exit", (code, signal) => {
        this.waiting?.reject(new Error(`the other process ended: ${signal ?? code}`));
        resolve();
      });
    });
  }

  /** Resolves once the other process has opened the store. */
  static async start(place: string, program: URL = sqliteProgram): Promise<ControlProcess> {
    const started = new ControlProcess(place, program);
    await started.answer();
    return started;
  }

  private answer(): Promise<unknown> {
    const waiting: Waiting = Promise.withResolvers();
    this.waiting = waiting;
    return waiting.promise;
  }

  /** Runs one task at a time. */
  run(task: ControlTask): Promise<unknown> {
    const answer = this.answer();
    this.child.send(task);
    return answer;
  }

  /** Runs a task that ends the process. */
  async runToDeath(task: ControlTask): Promise<void> {
    const answer = this.run(task);
    answer.catch(() => undefined);
    await this.ended;
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
