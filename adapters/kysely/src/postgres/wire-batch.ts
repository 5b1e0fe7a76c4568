import type { Connection, Submittable } from "pg";
import type { Row } from "../sql/statement.ts";
import { cellReader, parameterText } from "./cell.ts";
import type { Outcome, Step } from "./link.ts";
import { numbered } from "./numbered.ts";

type CellReader = ReturnType<typeof cellReader>;

/** What a connection has prepared: how to read the rows of each statement, by name. */
export type PreparedNames = Map<string, readonly CellReader[]>;

const nameOf = ({ statement, once }: Step): string =>
  once === true ? "" : numbered(statement).name;

interface Column {
  readonly dataTypeID: number;
}

/**
 * Several statements in one round trip: they are written one after another with one Sync behind
 * them, which the server treats as one transaction where none is open. Handed to pg's `query()`,
 * which calls what follows `handle`.
 */
export class WireBatch implements Submittable {
  readonly settled: Promise<readonly Outcome[]>;
  private readonly steps: readonly Step[];
  private readonly prepared: PreparedNames;
  private readonly outcomes: Outcome[] = [];
  private readonly resolve: (outcomes: readonly Outcome[]) => void;
  private readonly reject: (error: unknown) => void;
  private rows: Row[] = [];
  private readers: readonly CellReader[] = [];

  constructor(steps: readonly Step[], prepared: PreparedNames) {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Outcome[]>();
    this.settled = promise;
    this.resolve = resolve;
    this.reject = reject;
    this.steps = steps;
    this.prepared = prepared;
    this.readers = this.readersOf(0);
  }

  private readersOf(index: number): readonly CellReader[] {
    const next = this.steps[index];
    return next === undefined ? [] : (this.prepared.get(nameOf(next)) ?? []);
  }

  submit(wire: Connection): void {
    const sent = new Set<string>();
    wire.stream.cork();
    try {
      for (const step of this.steps) {
        const name = nameOf(step);
        const fresh = !this.prepared.has(name) && !sent.has(name);
        if (fresh) {
          // One that was prepared and then failed is there under this name.
          if (name !== "") wire.close({ type: "S", name }, true);
          wire.parse({ name, text: numbered(step.statement).text, types: [] }, true);
          if (name !== "") sent.add(name);
        }
        wire.bind({ statement: name, values: step.parameters.map(parameterText) }, true);
        if (fresh) wire.describe({ type: "P" }, true);
        wire.execute({}, true);
      }
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
  }

  handleRowDescription({ fields }: { readonly fields: readonly Column[] }): void {
    this.readers = fields.map(({ dataTypeID }) => cellReader(dataTypeID));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const { readers } = this;
    this.rows.push(
      fields.map((cell, index) => (cell === null ? null : (readers[index]?.(cell) ?? cell))),
    );
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.complete(Number(/\d+$/.exec(text)?.[0] ?? 0));
  }

  handleEmptyQuery(): void {
    this.complete(0);
  }

  private complete(count: number): void {
    const done = this.steps[this.outcomes.length];
    const name = done === undefined ? "" : nameOf(done);
    if (name !== "") this.prepared.set(name, this.readers);
    this.outcomes.push({ rows: this.rows, count });
    this.rows = [];
    this.readers = this.readersOf(this.outcomes.length);
  }

  handleReadyForQuery(): void {
    this.resolve(this.outcomes);
  }

  handleError(error: unknown): void {
    this.reject(error);
  }

  handlePortalSuspended(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
}
