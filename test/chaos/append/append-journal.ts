import { openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type {
  AppendOperation,
  AppendTransaction,
} from "../../histories/append/append-transaction.ts";

interface Line {
  readonly id: string;
  readonly ns: string;
  /** Absent where it begins. */
  readonly outcome?: AppendTransaction["outcome"];
  readonly operations: readonly AppendOperation[];
}

/** Writes down what a process does; what was written stays when the process is killed. */
export class AppendJournal {
  readonly #fd: number;
  readonly #process: string;
  #count = 0;

  constructor(folder: string, process: string) {
    this.#process = process;
    this.#fd = openSync(join(folder, `${process}.jsonl`), "wx");
  }

  /** @param operations what it would append */
  invoked(operations: readonly AppendOperation[]): string {
    this.#count += 1;
    const id = `${this.#process}-${this.#count}`;
    this.#write({ id, ns: now(), operations });
    return id;
  }

  completed(
    id: string,
    outcome: AppendTransaction["outcome"],
    operations: readonly AppendOperation[],
  ): void {
    this.#write({ id, ns: now(), outcome, operations });
  }

  #write(line: Line): void {
    writeSync(this.#fd, `${JSON.stringify(line)}\n`);
  }
}

const now = (): string => String(process.hrtime.bigint());

/** What all processes wrote down in a folder. */
export function readJournals(folder: string): AppendTransaction[] {
  return readdirSync(folder).flatMap((file) => {
    const transactions = new Map<string, AppendTransaction>();
    // A line that the kill cut off has no end.
    const lines = readFileSync(join(folder, file), "utf8").split("\n").slice(0, -1);
    for (const text of lines) {
      const { id, ns, outcome, operations }: Line = JSON.parse(text);
      const begun = transactions.get(id);
      if (begun === undefined || outcome === undefined) {
        const invokedNs = BigInt(ns);
        transactions.set(id, {
          id,
          outcome: "unknown",
          operations,
          invokedNs,
          completedNs: undefined,
        });
      } else if (outcome === "ok")
        transactions.set(id, { ...begun, outcome, operations, completedNs: BigInt(ns) });
      else transactions.set(id, { ...begun, outcome });
    }
    return [...transactions.values()];
  });
}
