import type { Connection, Submittable } from "pg";
import type { Row, SqlValue, Statement } from "../sql/statement.ts";
import { cellReader, parameterText, type CellReader } from "./cell.ts";
import { copyData, copyDone } from "./copy-lines.ts";
import type { Outcome, Step } from "./link.ts";
import { numbered } from "./numbered.ts";

/** A column whose cells are not the text that the server sends. */
interface Conversion {
  readonly place: number;
  readonly read: CellReader;
}

/** What a connection has prepared: what to convert in the rows of each statement, by name. */
export type PreparedNames = Map<string, readonly Conversion[]>;

const statementOf = ({ copy, statement }: Step): Statement => copy?.statement ?? statement;

const nameOf = (step: Step): string => (step.once === true ? "" : numbered(statementOf(step)).name);

/** So much is sent without waiting for the rest of a batch. */
const flushBytes = 65_536;

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
  private conversions: readonly Conversion[];

  constructor(steps: readonly Step[], prepared: PreparedNames) {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Outcome[]>();
    this.settled = promise;
    this.resolve = resolve;
    this.reject = reject;
    this.steps = steps;
    this.prepared = prepared;
    this.conversions = this.conversionsOf(0);
  }

  private conversionsOf(index: number): readonly Conversion[] {
    const next = this.steps[index];
    return next === undefined ? [] : (this.prepared.get(nameOf(next)) ?? []);
  }

  submit(wire: Connection): void {
    const sent = new Set<string>();
    wire.stream.cork();
    try {
      for (const step of this.steps) {
        this.write(wire, step, sent);
        if (wire.stream.writableLength < flushBytes) continue;
        // The server begins with these while the next ones are made ready.
        wire.stream.uncork();
        wire.stream.cork();
      }
    } catch (error) {
      this.reject(error);
      // What was sent before must not take effect, and nothing else undoes it outside a transaction.
      wire.parse({ name: "", text: "given up", types: [] }, true);
    } finally {
      wire.sync();
      wire.stream.uncork();
    }
  }

  private write(wire: Connection, step: Step, sent: Set<string>): void {
    const name = nameOf(step);
    const fresh = !this.prepared.has(name) && !sent.has(name);
    if (fresh) {
      // One that was prepared and then failed is there under this name.
      if (name !== "") wire.close({ type: "S", name }, true);
      wire.parse({ name, text: numbered(statementOf(step)).text, types: [] }, true);
      if (name !== "") sent.add(name);
    }
    const { copy } = step;
    const parameters = copy === undefined ? step.parameters : [];
    wire.bind({ statement: name, values: parameters.map(parameterText) }, true);
    if (fresh) wire.describe({ type: "P" }, true);
    wire.execute({}, true);
    if (copy === undefined) return;
    // Where the statement fails, the server passes over what was sent for it.
    wire.stream.write(copyData(copy.lines()));
    wire.stream.write(copyDone());
  }

  handleRowDescription({ fields }: { readonly fields: readonly Column[] }): void {
    this.conversions = fields.flatMap(({ dataTypeID }, place) => {
      const read = cellReader(dataTypeID);
      return read === undefined ? [] : [{ place, read }];
    });
  }

  /** @param message is nobody else's, so that its list of cells can become the row */
  handleDataRow({ fields }: { readonly fields: SqlValue[] }): void {
    for (const { place, read } of this.conversions) {
      const cell = fields[place];
      if (typeof cell === "string") fields[place] = read(cell);
    }
    this.rows.push(fields);
  }

  /** Its text ends with the number of rows, if with any. */
  handleCommandComplete({ text }: { readonly text: string }): void {
    const count = Number(text.slice(text.lastIndexOf(" ") + 1));
    this.complete(Number.isNaN(count) ? 0 : count);
  }

  handleEmptyQuery(): void {
    this.complete(0);
  }

  private complete(count: number): void {
    const done = this.steps[this.outcomes.length];
    const name = done === undefined ? "" : nameOf(done);
    if (name !== "") this.prepared.set(name, this.conversions);
    this.outcomes.push({ rows: this.rows, count });
    this.rows = [];
    this.conversions = this.conversionsOf(this.outcomes.length);
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
