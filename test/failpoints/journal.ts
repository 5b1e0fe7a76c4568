import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { WriteStep } from "./write-step.ts";

/** Whose calls a journal has: every process writes records of its own. */
export type Author = "victim" | "other";

type Line = { readonly begins: WriteStep } | { readonly ended: true };

/** What a process has done, as far as it was told. */
export interface Told {
  /** Acknowledged, in order. */
  readonly ended: readonly WriteStep[];
  /** The call under way when the process died. */
  readonly underWay: WriteStep | undefined;
}

function pathOf(folder: string, author: Author): string {
  return join(folder, `${author}.jsonl`);
}

/** Writes down calls before they are made and when they are acknowledged. Outlives its process. */
export class Journal {
  private readonly file: number;

  constructor(folder: string, author: Author) {
    this.file = openSync(pathOf(folder, author), "a");
  }

  private write(line: Line): void {
    writeSync(this.file, `${JSON.stringify(line)}\n`);
  }

  async around(step: WriteStep, call: () => Promise<void>): Promise<void> {
    this.write({ begins: step });
    await call();
    this.write({ ended: true });
  }

  close(): void {
    closeSync(this.file);
  }
}

/** Reads what a process has written down. */
export function readJournal(folder: string, author: Author): Told {
  const path = pathOf(folder, author);
  const ended: WriteStep[] = [];
  let underWay: WriteStep | undefined;
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  for (const written of text.split("\n").filter((line) => line !== "")) {
    const line: Line = JSON.parse(written);
    if ("begins" in line) underWay = line.begins;
    else if (underWay !== undefined) {
      ended.push(underWay);
      underWay = undefined;
    }
  }
  return { ended, underWay };
}
