import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { HistoryEvent, HistoryEventType, HistoryStep } from "./history-event.ts";

/**
 * Appends one process's events to a file of its own. Lines are handed to the operating system, not
 * to the disk: they survive SIGKILL, not a power cut.
 */
export class HistoryRecorder {
  readonly process: string;
  private readonly file: number;
  private readonly underWay = new Map<number, string>();
  private buffered = "";
  private lastId = 0;

  /** @throws EEXIST when the folder has a history of a process of that name */
  constructor(folder: string, process: string) {
    this.process = process;
    this.file = openSync(join(folder, `${process}.history`), "wx");
  }

  /**
   * To be called right before the operation. On return this line, and with it every outcome told
   * before, outlives the process. @returns the operation's id
   */
  invoke(op: string, steps: readonly HistoryStep[]): number {
    const id = ++this.lastId;
    this.underWay.set(id, op);
    this.append(id, "invoke", { op, steps });
    this.flush();
    return id;
  }

  /** To be called right after the operation resolved. */
  ok(id: number, steps: readonly HistoryStep[]): void {
    this.append(id, "ok", { op: this.ended(id), steps });
  }

  /** To be called when the operation promised to have had no effect. */
  fail(id: number, code: string): void {
    this.append(id, "fail", { op: this.ended(id), steps: [], code });
  }

  /** To be called when the operation may have taken effect, or may still. */
  unknown(id: number, code: string): void {
    this.append(id, "unknown", { op: this.ended(id), steps: [], code });
  }

  close(): void {
    this.flush();
    closeSync(this.file);
  }

  private ended(id: number): string {
    const op = this.underWay.get(id);
    if (op === undefined) throw new Error(`${this.process}#${id} is not under way`);
    this.underWay.delete(id);
    return op;
  }

  private append(
    id: number,
    type: HistoryEventType,
    rest: Pick<HistoryEvent, "op" | "steps" | "code">,
  ): void {
    const atNs = String(process.hrtime.bigint());
    const event: HistoryEvent = { process: this.process, id, type, ...rest, atNs };
    this.buffered += `${JSON.stringify(event)}\n`;
  }

  private flush(): void {
    const bytes = Buffer.from(this.buffered);
    this.buffered = "";
    for (let at = 0; at < bytes.length;) at += writeSync(this.file, bytes, at);
  }
}
