import { formatAmount, formatCount, formatDuration } from "./quantity.ts";

/** What a progress line is about. */
export interface ProgressOptions {
  /** Such as `copying model_metadata`. */
  readonly label: string;
  /** How many there are in all; without it there is no share and no ETA. */
  readonly total?: number;
  /** Default: `record`. */
  readonly noun?: string;
}

/** Progress of long work, on standard error. */
export interface Progress {
  /** So many more are done. */
  advance(count: number): void;
  /** Why it is slow or waits at present; undefined when it no longer does. */
  hold(reason: string | undefined): void;
  /** Prints what was done in the end. Nothing is printed after it. */
  end(): void;
}

/** Where a progress writes, and how. */
export interface ProgressTarget {
  /** Repaints the line, or prints it below the others where it cannot be repainted. */
  readonly paint: (line: string) => void;
  /** Takes the painted line away. */
  readonly clear: () => void;
  /** Milliseconds between two lines. */
  readonly intervalMs: number;
  /** Milliseconds, from any origin. */
  readonly now: () => number;
}

/** Before this a rate is noise, and an ETA a guess. */
const meaningfulMs = 2_000;
const meaningfulShare = 0.02;

/** Counts what is done and paints it now and then. */
export class ProgressLine implements Progress {
  readonly #options: ProgressOptions;
  readonly #target: ProgressTarget;
  readonly #startedMs: number;
  #paintedMs: number;
  #done = 0;
  #reason: string | undefined;
  #hasEnded = false;

  constructor(options: ProgressOptions, target: ProgressTarget) {
    this.#options = options;
    this.#target = target;
    this.#startedMs = target.now();
    this.#paintedMs = this.#startedMs;
  }

  advance(count: number): void {
    this.#done += count;
    if (this.#target.now() - this.#paintedMs >= this.#target.intervalMs) this.#paint();
  }

  hold(reason: string | undefined): void {
    if (reason === this.#reason) return;
    this.#reason = reason;
    this.#paint();
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#target.clear();
  }

  #paint(): void {
    if (this.#hasEnded) return;
    this.#paintedMs = this.#target.now();
    this.#target.paint(this.#line());
  }

  #line(): string {
    const { label, total, noun = "record" } = this.#options;
    const count =
      total === undefined
        ? formatAmount(this.#done, noun)
        : `${formatCount(this.#done)}/${formatCount(total)} ${noun}s`;
    const held = this.#reason === undefined ? "" : `  (${this.#reason})`;
    return `${label}  ${count}${this.#share()}${this.#speed()}${held}`;
  }

  #share(): string {
    const { total } = this.#options;
    if (total === undefined || total === 0) return "";
    return `  ${Math.floor((100 * Math.min(this.#done, total)) / total)} %`;
  }

  #speed(): string {
    const elapsedMs = this.#paintedMs - this.#startedMs;
    if (elapsedMs < meaningfulMs || this.#done === 0) return "";
    const perMs = this.#done / elapsedMs;
    const { total } = this.#options;
    const isKnown = total !== undefined && this.#done / total >= meaningfulShare;
    const leftMs = isKnown ? Math.max(0, total - this.#done) / perMs : 0;
    const eta = leftMs === 0 ? "" : `  ${formatDuration(leftMs)} left`;
    return `  ${formatCount(perMs * 1000)}/s${eta}`;
  }
}
