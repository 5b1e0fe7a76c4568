import type { Answer } from "./answer.ts";
import type { ErrorReport } from "./error-report.ts";
import { fit, printable } from "./printable.ts";
import { ProgressLine, type Progress, type ProgressOptions } from "./progress.ts";
import { formatTable, type Column } from "./table.ts";

/** A stream to print to; `process.stdout` is one. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** How and where to print. */
export interface OutputOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** One JSON document on standard output at the end, and no text. Default: false. */
  readonly json?: boolean;
  /** Milliseconds from any origin. Default: `performance.now`. */
  readonly now?: () => number;
}

const repaintMs = 100;
const plainLineMs = 5_000;

/**
 * What a command prints. Results go to standard output; progress, warnings and errors to standard
 * error. With `--json` standard output holds one JSON document and nothing else.
 */
export class Output {
  /** True when the caller asked for JSON: text and tables are then not printed. */
  readonly isJson: boolean;
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;
  readonly #now: () => number;
  readonly #warnings: string[] = [];

  constructor(options: OutputOptions) {
    this.isJson = options.json ?? false;
    this.#stdout = options.stdout;
    this.#stderr = options.stderr;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Prints a line of text; several when it holds line breaks. */
  line(text = ""): void {
    if (!this.isJson) this.#stdout.write(`${printable(text)}\n`);
  }

  /** Prints a table; nothing for no rows. */
  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void {
    if (rows.length === 0) return;
    for (const row of formatTable(columns, rows)) this.line(row);
  }

  /** Draws a picture in the place of the one before, where that is possible; else below it. */
  draw(clear: string, lines: readonly string[]): void {
    if (this.isJson) return;
    if (this.#stdout.isTTY === true) this.#stdout.write(clear);
    for (const line of lines) this.line(line);
  }

  /** Tells something the reader should know though the command goes on. */
  warn(text: string): void {
    this.#warnings.push(text);
    if (!this.isJson) this.#stderr.write(`warning: ${printable(text)}\n`);
  }

  /** Begins to show progress; nothing is shown with `--json`. */
  progress(options: ProgressOptions): Progress {
    const isTerminal = this.#stderr.isTTY === true;
    const paint = (line: string): void => {
      if (this.isJson) return;
      const columns = (this.#stderr.columns ?? 80) - 1;
      const text = printable(line);
      this.#stderr.write(isTerminal ? `\r\u001b[2K${fit(text, columns)}` : `${text}\n`);
    };
    const clear = (): void => {
      if (isTerminal && !this.isJson) this.#stderr.write("\r\u001b[2K");
    };
    const intervalMs = isTerminal ? repaintMs : plainLineMs;
    return new ProgressLine(options, { paint, clear, intervalMs, now: this.#now });
  }

  /** Ends a command: its JSON, or what blocks it and what to type next. */
  answer(command: string, answer: Answer): void {
    const { ok, canAdvance, blockedBy, reversible, nextSteps, details } = answer;
    if (this.isJson) {
      const standard = { ok, command, canAdvance, blockedBy, reversible, nextSteps };
      return this.#printJson({ ...standard, ...details, warnings: this.#warnings });
    }
    if (blockedBy.length > 0)
      this.#list(
        "Blocked by:",
        blockedBy.map((blocker) => blocker.message),
      );
    if (nextSteps.length > 0) this.#list("Next:", nextSteps);
  }

  /** Ends a command with an error. */
  failure(command: string, report: ErrorReport): void {
    if (!this.isJson) return this.#printError(report);
    const { code, message, nextCommand } = report;
    this.#printJson({
      ok: false,
      command,
      canAdvance: false,
      blockedBy: [{ code, message }],
      reversible: null,
      nextSteps: nextCommand === undefined ? [] : [nextCommand],
      error: report,
      warnings: this.#warnings,
    });
  }

  #list(title: string, items: readonly string[]): void {
    this.line();
    this.line(title);
    for (const item of items) this.line(`  ${item}`);
  }

  #printError(report: ErrorReport): void {
    const lines = [`error ${report.code}: ${report.message}`];
    if (report.position !== undefined) {
      const { file, line, column } = report.position;
      const place = `${file}:${line}:${column}`;
      if (!report.message.includes(place)) lines.push(`  at ${place}`);
    }
    for (const cause of report.causes) lines.push(`  caused by: ${cause}`);
    if (report.action !== undefined) lines.push(`  ${report.action}`);
    if (report.nextCommand !== undefined) lines.push(`  next: ${report.nextCommand}`);
    if (report.stack !== undefined) lines.push(report.stack);
    this.#stderr.write(`${printable(lines.join("\n"))}\n`);
  }

  #printJson(document: object): void {
    this.#stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  }
}
