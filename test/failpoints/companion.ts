import { fork, type ChildProcess } from "node:child_process";

/** What every companion may say. */
export type Failed = { readonly says: "failed"; readonly why: string };

interface Waiting<Word> {
  readonly for: (word: Word) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** This process's end of a child that does as it is told, and says so. */
export class Companion<Order extends object, Word extends { readonly says: string }> {
  private readonly child: ChildProcess;
  private readonly waiting = new Set<Waiting<Word>>();
  private readonly ended: Promise<void>;
  private hasEnded = false;
  /** What it failed with while nobody waited for it. */
  private failure: Error | undefined;

  constructor(program: URL, env: NodeJS.ProcessEnv, args: readonly string[] = []) {
    this.child = fork(program, args, {
      execArgv: ["--conditions=@cutover/source"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      env,
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.child.on("message", (word: Word | Failed) => this.hear(word));
    this.child.once("exit", () => {
      this.hasEnded = true;
      this.fail(gone());
      resolve();
    });
  }

  get isGone(): boolean {
    return this.hasEnded;
  }

  private hear(word: Word | Failed): void {
    if (isFailed(word)) return this.fail(new Error(word.why));
    for (const waiting of this.waiting) {
      if (!waiting.for(word)) continue;
      this.waiting.delete(waiting);
      waiting.resolve();
    }
  }

  private fail(error: Error): void {
    if (this.waiting.size === 0) this.failure = error;
    for (const { reject } of this.waiting) reject(error);
    this.waiting.clear();
  }

  /** Settles with a word of some kind; rejects when it fails, or ends. */
  async until(isMet: (word: Word) => boolean, order?: Order): Promise<void> {
    if (this.hasEnded) throw gone();
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined && order === undefined) throw failure;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.waiting.add({ for: isMet, resolve, reject });
    if (order !== undefined) this.child.send(order);
    await promise;
  }

  /** Settles when it is gone. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}

function gone(): Error {
  return new Error("a process that the scenario needs has ended");
}

function isFailed(word: { readonly says: string }): word is Failed {
  return word.says === "failed";
}
