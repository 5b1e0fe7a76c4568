import { fork, type ChildProcess } from "node:child_process";
import type { LoadOptions } from "./load-options.ts";
import type { LoadReport } from "./load-report.ts";

type Message =
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly calls: number }
  | { readonly type: "report"; readonly report: LoadReport };

const program = new URL("./load-process.fixture.ts", import.meta.url);

/** This process's end of a load that runs in another. */
export class LoadProcess {
  readonly name: string;
  /** Settles when the process has its store open; rejects when it ends before. */
  readonly ready: Promise<void>;
  /**
   * Settles when the process has ended: its report, or undefined when it was killed from here.
   * Rejects when it ended in any other way.
   */
  readonly ended: Promise<LoadReport | undefined>;
  private readonly child: ChildProcess;
  private readonly listeners = new Set<(calls: number) => void>();
  private killed = false;

  constructor(options: LoadOptions) {
    this.name = options.process;
    this.child = fork(program, [JSON.stringify(options)], {
      execArgv: ["--conditions=@cutover/source"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<LoadReport | undefined>();
    let report: LoadReport | undefined;
    this.child.on("message", (message: Message) => {
      if (message.type === "ready") ready.resolve();
      else if (message.type === "report") report = message.report;
      else for (const heard of this.listeners) heard(message.calls);
    });
    this.child.once("exit", (code, signal) => {
      const how = new Error(`${this.name} ended with ${signal ?? `code ${code}`}`);
      ready.reject(how);
      if (report !== undefined || this.killed) ended.resolve(report);
      else ended.reject(how);
    });
    this.ready = ready.promise;
    this.ended = ended.promise;
    // Whoever does not wait for one of them hears of it from the other.
    for (const promise of [this.ready, this.ended]) promise.catch(() => undefined);
  }

  begin(): void {
    this.child.send("begin");
  }

  /** Settles when so many calls more have ended; rejects when the process ends before. */
  async advanced(calls: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let first: number | undefined;
    const heard = (at: number): void => {
      first ??= at;
      if (at >= first + calls) resolve();
    };
    const over = (): void => reject(new Error(`${this.name} ended before ${calls} calls more`));
    this.listeners.add(heard);
    this.ended.then(over, over);
    await promise.finally(() => this.listeners.delete(heard));
  }

  /** Lets calls under way end. */
  async stop(): Promise<LoadReport | undefined> {
    if (this.child.connected) this.child.send("stop", () => undefined);
    return this.ended;
  }

  /** SIGKILL. The outcome of its calls under way stays unknown. */
  async kill(): Promise<void> {
    this.killed = true;
    this.child.kill("SIGKILL");
    await this.ended;
  }
}

/** Starts loads that begin together, once every one of them has its store open. */
export async function startLoads(loads: readonly LoadOptions[]): Promise<LoadProcess[]> {
  const processes = loads.map((options) => new LoadProcess(options));
  try {
    await Promise.all(processes.map(({ ready }) => ready));
  } catch (error) {
    await Promise.allSettled(processes.map((load) => load.kill()));
    throw error;
  }
  for (const load of processes) load.begin();
  return processes;
}
