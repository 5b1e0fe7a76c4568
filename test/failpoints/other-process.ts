import { fork, type ChildProcess } from "node:child_process";
import type { Order, Word } from "./other.fixture.ts";

const program = new URL("./other.fixture.ts", import.meta.url);

interface Waiting {
  readonly for: (word: Word) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** This process's end of another application that writes all the time. */
export class OtherProcess {
  private readonly child: ChildProcess;
  private readonly waiting = new Set<Waiting>();
  private acknowledged = 0;
  private failure: Error | undefined;

  constructor() {
    this.child = fork(program, {
      execArgv: ["--conditions=@cutover/source"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.child.on("message", (word: Word) => this.hear(word));
    this.child.once("exit", () => this.hear({ says: "failed", why: "the other process ended" }));
  }

  private hear(word: Word): void {
    if (word.says === "acknowledged") this.acknowledged = word.count;
    if (word.says === "failed") this.failure ??= new Error(word.why);
    for (const waiting of this.waiting) {
      if (this.failure !== undefined) waiting.reject(this.failure);
      else if (!waiting.for(word)) continue;
      else waiting.resolve();
      this.waiting.delete(waiting);
    }
  }

  private async until(isMet: (word: Word) => boolean, order?: Order): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.waiting.add({ for: isMet, resolve, reject });
    if (order !== undefined) this.child.send(order);
    await promise;
  }

  /** Settles when it writes; rejects when it cannot. */
  async begin(order: Omit<Order & { readonly do: "begin" }, "do">): Promise<void> {
    this.acknowledged = 0;
    await this.until((word) => word.says === "acknowledged", { do: "begin", ...order });
  }

  /** Settles when so many of its calls more were acknowledged; rejects when one of them fails. */
  async goesOn(calls: number): Promise<void> {
    const until = this.acknowledged + calls;
    await this.until((word) => word.says === "acknowledged" && word.count >= until);
  }

  /** Lets the call under way end, and closes the stores. */
  async end(): Promise<void> {
    await this.until((word) => word.says === "ended", { do: "end" });
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }
}
