import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LedgerEntry } from "./ledger.ts";
import type { Message } from "./message.ts";

/** What clients did in a while. */
export interface Figures {
  readonly served: number;
  readonly writes: number;
  readonly failed: number;
  readonly slowestMs: number;
}

/** What all clients were promised. */
export interface Promised {
  readonly entries: readonly LedgerEntry[];
  /** How often their counting together was acknowledged. */
  readonly counted: number;
}

const program = fileURLToPath(new URL("process.ts", import.meta.url));
const nothing: Figures = { served: 0, writes: 0, failed: 0, slowestMs: 0 };

function sum(one: Figures, other: Figures): Figures {
  return {
    served: one.served + other.served,
    writes: one.writes + other.writes,
    failed: one.failed + other.failed,
    slowestMs: Math.max(one.slowestMs, other.slowestMs),
  };
}

/** Processes whose clients use a folder the whole time that it moves. */
export class Traffic {
  readonly processes: number;
  /** What went wrong first; undefined: nothing did. */
  trouble: string | undefined;
  private readonly children: readonly ChildProcess[];
  private readonly exits: readonly Promise<unknown>[];
  private readonly promised: Promised[] = [];
  private inAll = nothing;
  private lately = nothing;
  private heard: (() => void) | undefined;

  constructor(folder: string, processes: number) {
    this.processes = processes;
    this.children = Array.from({ length: processes }, (_, number) =>
      fork(program, [folder, String(number)], { execArgv: ["--conditions=@cutover/source"] }),
    );
    this.exits = this.children.map((child) => once(child, "exit"));
    for (const child of this.children) {
      child.on("message", (message: Message) => this.hear(message));
      child.on("exit", (code) => {
        if (code !== 0) this.trouble ??= `a process of clients ended with ${code ?? "a signal"}`;
        this.heard?.();
      });
    }
  }

  private hear(message: Message): void {
    if (message.type === "ended") this.promised.push(message);
    else {
      this.lately = sum(this.lately, message);
      this.trouble ??= message.trouble;
    }
    this.heard?.();
  }

  /** Resolves when so many more requests were served, or somebody is in trouble. */
  async serves(more: number): Promise<void> {
    const wanted = this.total.served + more;
    while (this.total.served < wanted && this.trouble === undefined) {
      await new Promise<void>((resolve) => (this.heard = resolve));
    }
  }

  /** What was done in all. */
  get total(): Figures {
    return sum(this.inAll, this.lately);
  }

  /** What was done since this was last asked. */
  sinceLast(): Figures {
    const { lately } = this;
    this.inAll = this.total;
    this.lately = nothing;
    return lately;
  }

  /** Lets all clients finish what they began. @returns what they were promised */
  async end(): Promise<Promised> {
    for (const child of this.children) if (child.connected) child.send("end");
    await Promise.all(this.exits);
    if (this.promised.length < this.processes) this.trouble ??= "a process of clients died";
    return {
      entries: this.promised.flatMap(({ entries }) => entries),
      counted: this.promised.reduce((total, { counted }) => total + counted, 0),
    };
  }

  /** Ends them at once. */
  kill(): void {
    for (const child of this.children) child.kill("SIGKILL");
  }
}
