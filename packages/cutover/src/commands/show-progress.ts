import type { OnProgress, ProgressPhase } from "../migration/progress.ts";
import type { Output } from "../output/output.ts";
import type { Progress } from "../output/progress.ts";

const labels: Readonly<Record<ProgressPhase, string>> = {
  check: "looking at the files",
  copy: "copying",
  verify: "verifying",
  write: "writing the files",
};

/** Shows the phases of long work, one progress line after another. */
export class PhaseLines {
  readonly #output: Output;
  #phase: ProgressPhase | undefined;
  #line: Progress | undefined;
  #done = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Hand this to the work. */
  readonly report: OnProgress = (event) => {
    if (event.phase !== this.#phase) this.#begin(event.phase, event.totalBytes);
    // Bytes of JSON are known beforehand, records are not.
    const done = event.totalBytes > 0 ? event.doneBytes : event.records;
    this.#line?.advance(done - this.#done);
    this.#done = done;
  };

  end(): void {
    this.#line?.end();
  }

  #begin(phase: ProgressPhase, totalBytes: number): void {
    this.#line?.end();
    this.#phase = phase;
    this.#done = 0;
    const label = labels[phase];
    this.#line = this.#output.progress(
      totalBytes > 0 ? { label, total: totalBytes, noun: "byte" } : { label },
    );
  }
}

/** Runs work that reports its progress, and takes the last line away whatever happens. */
export async function withProgress<T>(
  output: Output,
  work: (report: OnProgress) => Promise<T>,
): Promise<T> {
  const lines = new PhaseLines(output);
  try {
    return await work(lines.report);
  } finally {
    lines.end();
  }
}
