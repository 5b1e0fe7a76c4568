import { fork, type ChildProcess } from "node:child_process";
import { describeDefinition, type CollectionDefinition } from "@cutover/core";
import type { SecondProcess } from "../clause.ts";
import type { OpenMessage, Reply } from "./messages.ts";
import { trusted } from "../proof/trusted.ts";

/** What to open in the other process. */
export interface ChildOpening extends Omit<OpenMessage, "collections"> {
  readonly collections: readonly CollectionDefinition[];
}

type Waiting = PromiseWithResolvers<unknown>;

// Compiled, this file's sibling is JavaScript.
const program = new URL(
  import.meta.url.endsWith(".ts") ? "./child.ts" : "./child.js",
  import.meta.url,
);

/** This process's end of a second process that has the same store open. */
export class ChildStore implements SecondProcess {
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private over: string | undefined;

  constructor() {
    // The parent's execArgv come along: they say where packages are resolved to.
    this.child = fork(program, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.child.on("message", (message) => this.settle(trusted(message)));
    this.ended = new Promise((resolve) => {
      this.child.on("exit", (code, signal) => {
        this.giveUp(`the second process ended with ${signal ?? `code ${code}`}`);
        resolve(code);
      });
    });
  }

  private settle({ id, result, error }: Reply): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(`in the second process: ${error}`));
  }

  private giveUp(why: string): void {
    this.over = why;
    for (const waiting of this.waiting.values()) waiting.reject(new Error(why));
    this.waiting.clear();
  }

  private async send(id: number, message: object): Promise<unknown> {
    if (this.over !== undefined) throw new Error(this.over);
    const waiting: Waiting = Promise.withResolvers();
    this.waiting.set(id, waiting);
    this.child.send(message);
    return waiting.promise;
  }

  async open({ collections, ...rest }: ChildOpening): Promise<void> {
    await this.send(0, { ...rest, collections: collections.map(describeDefinition) });
  }

  run(task: string, args: unknown = {}): Promise<unknown> {
    const id = ++this.lastId;
    return this.send(id, { id, task, args });
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}
