import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Trial, Verdict } from "./trial.ts";
import { trusted } from "../proof/trusted.ts";

/** Trials after which a process is replaced, so that what faults leave behind does not pile up. */
const trialsPerProcess = 300;

interface Worker {
  readonly child: ChildProcess;
  trials: number;
}

/** Carries out trials in several processes, which a hanging fault cannot take with it. */
export class TrialPool implements AsyncDisposable {
  /** Trials carried out. */
  count = 0;
  private readonly subjectsModule: URL;
  private readonly folder = mkdtempSync(join(tmpdir(), "cutover-trials-"));
  private readonly idle: Worker[] = [];
  private readonly waiting: ((worker: Worker) => void)[] = [];

  /** @param subjectsModule a module that exports `subjects` */
  constructor(subjectsModule: URL, processes: number) {
    this.subjectsModule = subjectsModule;
    for (let index = 0; index < processes; index++) this.idle.push(this.begin());
  }

  private begin(): Worker {
    const file = new URL(
      `./trial-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`,
      import.meta.url,
    );
    const env = { ...process.env, TMPDIR: this.folder };
    const child = fork(file, [this.subjectsModule.href], {
      env,
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    return { child, trials: 0 };
  }

  private async take(): Promise<Worker> {
    return (
      this.idle.pop() ??
      (await new Promise<Worker>((resolve) => {
        this.waiting.push(resolve);
      }))
    );
  }

  private release(worker: Worker, isSpent: boolean): void {
    if (isSpent) worker.child.kill("SIGKILL");
    const next = isSpent ? this.begin() : worker;
    const grant = this.waiting.shift();
    if (grant === undefined) this.idle.push(next);
    else grant(next);
  }

  /** Carries out one trial, when a process is free. A process that dies of it has found the fault. */
  async run(trial: Trial): Promise<Verdict> {
    const worker = await this.take();
    this.count++;
    worker.trials++;
    const { child } = worker;
    const ended = new AbortController();
    try {
      const answered = once(child, "message", { signal: ended.signal }).then(([verdict]) =>
        trusted<Verdict>(verdict),
      );
      const died = once(child, "exit", { signal: ended.signal }).then((): Verdict => ({
        passed: false,
        message: "the process died",
        hung: true,
      }));
      died.catch(() => undefined);
      child.send(trial);
      const verdict = await Promise.race([answered, died]);
      this.release(worker, verdict.hung === true || worker.trials >= trialsPerProcess);
      return verdict;
    } finally {
      ended.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.idle.splice(0)) child.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
