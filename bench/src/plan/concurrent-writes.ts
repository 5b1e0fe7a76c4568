import { messageFrom, startProgram } from "../programs/children.ts";
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
  const children = Array.from({ length: options.processes }, (_, writer) =>
    startProgram("plan-writer", [way, folder, `${writer}`, `${options.writes}`]),
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
