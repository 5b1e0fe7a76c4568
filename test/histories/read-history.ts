import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { HistoryEvent } from "./history-event.ts";

function parse(file: string, line: string, number: number): HistoryEvent {
  try {
    // Written by HistoryRecorder alone.
    const event: HistoryEvent = JSON.parse(line);
    return event;
  } catch (cause) {
    throw new Error(`${file}, line ${number} is no event of a history`, { cause });
  }
}

/** Reads the histories of all processes of a folder, each in its own order. */
export function readHistory(folder: string): HistoryEvent[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".history"));
  return files.toSorted().flatMap((file) => {
    const lines = readFileSync(join(folder, file), "utf8").split("\n");
    // What follows the last line end was cut off when the process was killed: it was never relied on.
    return lines.slice(0, -1).map((line, index) => parse(file, line, index + 1));
  });
}
