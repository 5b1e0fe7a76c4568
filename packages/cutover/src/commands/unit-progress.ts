import type { Output } from "../output/output.ts";
import type { Progress } from "../output/progress.ts";

/** How far a collection has come. */
export interface CollectionProgress {
  readonly collection: string;
  readonly done: number;
  readonly total: number;
}

/** Shows one collection after another, a line each. */
export class UnitProgress {
  private readonly output: Output;
  /** Why it is slower than it could be. */
  private readonly held: string | undefined;
  private label = "";
  private line: Progress | undefined;
  private done = 0;

  constructor(output: Output, held?: string) {
    this.output = output;
    this.held = held;
  }

  report(verb: string, { collection, done, total }: CollectionProgress): void {
    const label = `${verb} ${collection}`;
    if (label !== this.label) this.begin(label, total);
    this.line?.advance(done - this.done);
    this.done = done;
  }

  end(): void {
    this.line?.end();
  }

  private begin(label: string, total: number): void {
    this.line?.end();
    this.label = label;
    this.done = 0;
    this.line = this.output.progress({ label, total });
    this.line.hold(this.held);
  }
}
