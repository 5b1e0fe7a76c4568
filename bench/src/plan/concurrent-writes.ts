import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { WriterReport } from "../programs/plan-writer.ts";
import { openWay, type Way } from "./plan-store.ts";

/** What became of the writes of several processes. */
export interface ConcurrentWrites {
  /** Writes that were tried. */
  readonly tried: number;
  /** Writes that the store said were done. */
  readonly acknowledged: number;
  /** Of these, how many are there afterwards; 0 when the file is no JSON any more. */
  readonly kept: number;
  /** From the first write to the last, in milliseconds, for each write. */
  readonly ms: number;
}

/** How many write, and how much. */
export interface WritersOptions {
  readonly processes: number;
  readonly writes: number;
}

function isReport(message: unknown): message is WriterReport {
  return typeof message === "object" && message !== null && "acknowledged" in message;
}

/** Waits for a message; a process that ends instead has failed. */
async function messageFrom(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  try {
    const [first]: unknown[] = await Promise.race([
      once(child, "message", ended),
      once(child, "exit", ended).then(([code]): never => {
        throw new Error(`a writer ended with ${String(code)} before it was done`);
      }),
    ]);
    return first;
  } finally {
    ended.abort();
  }
}

async function keptOf(way: Way, folder: string, names: readonly string[]): Promise<number> {
  const store = await openWay(way, folder);
  try {
    try {
      const there = new Set(await store.downloads());
      return names.filter((name) => there.has(name)).length;
    } catch (error) {
      // Only the application's own way may leave a file that cannot be read.
      if (way === "app" && error instanceof SyntaxError) return 0;
      throw error;
    }
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

/** Lets several processes add downloads at the same time, then looks for what they added. */
export async function concurrentWrites(
  way: Way,
  folder: string,
  options: WritersOptions,
): Promise<ConcurrentWrites> {
  const program = fileURLToPath(new URL("../programs/plan-writer.ts", import.meta.url));
  const children = Array.from({ length: options.processes }, (_, writer) =>
    fork(program, [way, folder, `${writer}`, `${options.writes}`], {
      execArgv: ["--conditions=@cutover/source"],
    }),
  );
  await Promise.all(children.map(messageFrom));
  const reports = await Promise.all(
    children.map(async (child) => {
      const report = messageFrom(child);
      child.send("go");
      return report;
    }),
  );
  const done = reports.filter(isReport);
  const names = done.flatMap(({ acknowledged }) => acknowledged);
  const tried = options.processes * options.writes;
  return {
    tried,
    acknowledged: names.length,
    kept: await keptOf(way, folder, names),
    ms: Math.max(...done.map(({ ms }) => ms)) / tried,
  };
}
