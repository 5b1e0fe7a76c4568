import { killAll, messageFrom, startProgram } from "./children.ts";
import type { TimedReport } from "./timed-writer.ts";

/** Who writes, where, and for how long. */
export interface TimedWriters {
  readonly way: "raw" | "sqlite" | "json";
  readonly folder: string;
  readonly processes: number;
  readonly records: number;
  readonly ms: number;
}

function isReport(message: unknown): message is TimedReport {
  return typeof message === "object" && message !== null && "acknowledged" in message;
}

/** Lets processes write for a while, each its own records, all from the same moment on. */
export async function runTimedWriters(options: TimedWriters): Promise<TimedReport[]> {
  const { way, folder, processes, records, ms } = options;
  const children = Array.from({ length: processes }, (_, writer) =>
    startProgram("timed-writer", [way, folder, ...[writer, processes, records, ms].map(String)]),
  );
  try {
    await Promise.all(children.map(messageFrom));
    const reports = children.map(messageFrom);
    for (const child of children) child.send("go");
    return (await Promise.all(reports)).map((report) => {
      if (!isReport(report)) throw new Error("a writer did not tell what it did");
      return report;
    });
  } finally {
    killAll(children);
  }
}

/** The time a put took on the average of all processes, in microseconds. */
export function microsecondsAPut(reports: readonly TimedReport[], ms: number): number {
  return (ms * 1000) / reports.reduce((sum, { puts }) => sum + puts, 0);
}
