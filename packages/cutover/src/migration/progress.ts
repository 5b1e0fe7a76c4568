/** What long work is doing. */
export type ProgressPhase = "copy" | "verify" | "write" | "check";

/** How far long work has come. */
export interface ProgressEvent {
  readonly phase: ProgressPhase;
  /** The collection, or the file, being worked on. */
  readonly subject: string;
  /** Bytes of JSON done in this phase, over all files. */
  readonly doneBytes: number;
  /** Bytes of JSON of all files. */
  readonly totalBytes: number;
  readonly records: number;
}

/** Told of progress about once per batch; must be quick. */
export type OnProgress = (event: ProgressEvent) => void;

/** Adds up what one phase has done. */
export class PhaseProgress {
  #doneBytes = 0;
  #records = 0;
  readonly #phase: ProgressPhase;
  readonly #totalBytes: number;
  readonly #report: OnProgress | undefined;

  constructor(phase: ProgressPhase, totalBytes: number, report: OnProgress | undefined) {
    this.#phase = phase;
    this.#totalBytes = totalBytes;
    this.#report = report;
  }

  advance(subject: string, step: { readonly bytes?: number; readonly records?: number }): void {
    this.#doneBytes += step.bytes ?? 0;
    this.#records += step.records ?? 0;
    this.#report?.({
      phase: this.#phase,
      subject,
      doneBytes: this.#doneBytes,
      totalBytes: this.#totalBytes,
      records: this.#records,
    });
  }
}
