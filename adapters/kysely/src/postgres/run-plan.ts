import { alreadyExists } from "@cutover/core";
import type { SqlTable } from "../driver/sql-table.ts";
import { bindExpiry } from "../sql/expiry.ts";
import type { SqlValue, Statement } from "../sql/statement.ts";
import { writtenColumns } from "../sql/table-statements.ts";
import { arrayLiteral } from "./array-literal.ts";
import { copyLine } from "./copy-lines.ts";
import type { Effect } from "./effect.ts";
import { step, type Copying, type Outcome, type Step } from "./link.ts";
import {
  copyIn,
  deleteExpired,
  deleteExpiredOf,
  deleteMany,
  insertMany,
  putMany,
  putOne,
} from "./run-statements.ts";
import { roughSize } from "./rough-size.ts";

type Keyed = Extract<Effect, { readonly key: string }>;

/** A statement's answer is read by whoever planned it. */
interface Planned {
  readonly step: Step;
  readonly read: (outcome: Outcome) => void;
}

/**
 * Records a statement, and characters of their cells: so many that a statement more costs little,
 * and so few that the server is not left waiting for all of them.
 */
const mostRecords = 250;
const mostCharacters = 4_000_000;

/** Effects of one kind on one table, of which no two have the same key: one statement. */
class Run {
  readonly type: Effect["type"];
  readonly table: SqlTable;
  readonly nowMs: number | undefined;
  readonly effects = new Map<string, Keyed>();
  private characters = 0;

  constructor(effect: Keyed) {
    this.type = effect.type;
    this.table = effect.table;
    this.nowMs = effect.type === "delete" ? undefined : effect.nowMs;
  }

  /** True when one more of these fits into the statement. */
  takes(effect: Keyed): boolean {
    const full = this.effects.size >= mostRecords || this.characters > mostCharacters;
    if (this.type !== effect.type || this.effects.has(effect.key) || full) return false;
    const expires = this.table.definition.expiry !== undefined;
    return !expires || effect.type === "delete" || effect.nowMs === this.nowMs;
  }

  add(effect: Keyed): void {
    this.effects.set(effect.key, effect);
    if (effect.type !== "delete") this.characters += roughSize(effect.value);
  }

  /** The cells of the only record that is put. */
  private get only(): readonly SqlValue[] | undefined {
    const [effect] = this.effects.values();
    if (effect?.type !== "put" || this.effects.size > 1) return undefined;
    return this.table.codec.encode(effect.key, effect.value);
  }

  private *rows(): Iterable<readonly SqlValue[]> {
    for (const effect of this.effects.values())
      if (effect.type !== "delete") yield this.table.codec.encode(effect.key, effect.value);
  }

  /** The cells of all records, column by column. */
  private columns(): string[] {
    const columns: SqlValue[][] = writtenColumns(this.table).map(() => []);
    for (const cells of this.rows())
      for (let index = 0; index < cells.length; index++) columns[index]?.push(cells[index] ?? null);
    return columns.map(arrayLiteral);
  }

  private lines(): string {
    let lines = "";
    for (const cells of this.rows()) lines += copyLine(cells);
    return lines;
  }

  /** @param fresh none of these records can be there */
  planned(fresh: boolean): Planned[] {
    const { only, table } = this;
    if (only !== undefined && table.definition.expiry === undefined)
      return [{ step: step(putOne(table), only), read: () => {} }];
    if (fresh && this.type === "put") {
      const copy = { statement: copyIn(table), lines: () => this.lines() };
      return [{ step: this.writing(putMany(table), copy), read: () => {} }];
    }
    const keys = arrayLiteral([...this.effects.keys()]);
    if (this.type === "delete") return [this.deleted(keys)];
    const made: Planned =
      this.type === "put"
        ? { step: this.writing(putMany(this.table)), read: () => {} }
        : { step: this.writing(insertMany(this.table)), read: (outcome) => this.refuse(outcome) };
    return [...this.expired(keys), made];
  }

  /** Its parameters are made when it is sent: the server is busy with the statement before then. */
  private writing(statement: Statement, copy?: Copying): Step {
    const columns = (): string[] => this.columns();
    return {
      statement,
      ...(copy === undefined ? {} : { copy }),
      get parameters(): readonly SqlValue[] {
        return columns();
      },
    };
  }

  private deleted(keys: string): Planned {
    const read = ({ rows }: Outcome): void => {
      for (const [key] of rows) {
        const effect = this.effects.get(String(key));
        if (effect?.type === "delete" && effect.counts) effect.answer.count = 1;
      }
    };
    return { step: step(deleteMany(this.table), [keys]), read };
  }

  /** Where records expire, what has done so makes room first. */
  private expired(keys: string): Planned[] {
    const statement = deleteExpiredOf(this.table);
    if (statement === undefined || this.nowMs === undefined) return [];
    const parameters: SqlValue[] = [keys];
    bindExpiry(this.table, this.nowMs, parameters);
    const read = ({ rows }: Outcome): void => {
      for (const [key] of rows) {
        const answer = this.effects.get(String(key))?.answer;
        if (answer !== undefined) answer.removed = [...(answer.removed ?? []), String(key)];
      }
    };
    return [{ step: step(statement, parameters), read }];
  }

  private refuse({ rows }: Outcome): void {
    const inserted = new Set(rows.map(([key]) => String(key)));
    for (const [key, { answer, table }] of this.effects)
      if (!inserted.has(key)) answer.refused = alreadyExists(table.definition, key, "key");
  }
}

/** Effects on one table as few statements, which do the same as one after another would. */
class TablePlan {
  readonly table: SqlTable;
  private readonly done: Planned[] = [];
  private runs: Run[] = [];
  private readonly lastRunOf = new Map<string, number>();
  /** The table was emptied, and no record was written twice since. */
  private fresh = false;

  constructor(table: SqlTable) {
    this.table = table;
  }

  add(effect: Effect): void {
    if ("key" in effect) this.place(effect);
    else {
      this.flush();
      this.done.push(whole(effect));
      this.fresh = effect.type === "clear";
    }
  }

  /** A deletion may join an earlier run, for no other record sees it go. */
  private place(effect: Keyed): void {
    const after = this.lastRunOf.get(effect.key) ?? -1;
    if (after >= 0) this.fresh = false;
    const last = this.runs.length - 1;
    const mayMove = effect.type === "delete" && this.table.definition.unique.length === 0;
    for (let index = mayMove ? after + 1 : Math.max(last, after + 1); index <= last; index++) {
      if (this.runs[index]?.takes(effect) === true) return this.join(index, effect);
    }
    this.runs.push(new Run(effect));
    return this.join(last + 1, effect);
  }

  private join(index: number, effect: Keyed): void {
    this.runs[index]?.add(effect);
    this.lastRunOf.set(effect.key, index);
  }

  private flush(): void {
    for (const run of this.runs) this.done.push(...run.planned(this.fresh));
    this.runs = [];
    this.lastRunOf.clear();
  }

  finished(): readonly Planned[] {
    this.flush();
    return this.done;
  }
}

function whole(effect: Exclude<Effect, Keyed>): Planned {
  const { table, answer } = effect;
  if (effect.type === "clear") {
    const read = ({ count }: Outcome): void => {
      if (effect.counts) answer.count = count;
    };
    return { step: step(table.statements.clear), read };
  }
  const statement = deleteExpired(table);
  if (statement === undefined) throw new Error(`records of "${table.name}" never expire`);
  const parameters: SqlValue[] = [];
  bindExpiry(table, effect.atMs, parameters);
  const read = ({ rows }: Outcome): void => {
    answer.removed = rows.map(([key]) => String(key));
    answer.count = rows.length;
  };
  return { step: step(statement, parameters), read };
}

/** What some operations come down to, as statements. */
export class RunPlan {
  private readonly tables = new Map<SqlTable, TablePlan>();
  private planned: readonly Planned[] = [];
  private records = 0;

  constructor(effects: readonly Effect[]) {
    for (const effect of effects) {
      const plan = this.tables.get(effect.table) ?? new TablePlan(effect.table);
      this.tables.set(effect.table, plan);
      plan.add(effect);
      this.records += "key" in effect ? 1 : 2;
    }
    this.planned = [...this.tables.values()].flatMap((plan) => plan.finished());
  }

  /** One record is changed and nothing else: others may write beside it. */
  get isSingle(): boolean {
    return this.records < 2;
  }

  get steps(): readonly Step[] {
    return this.planned.map((planned) => planned.step);
  }

  /** Fills in the answers. @param outcomes of {@link steps} */
  read(outcomes: readonly Outcome[]): void {
    for (const [index, planned] of this.planned.entries()) {
      const outcome = outcomes[index];
      if (outcome !== undefined) planned.read(outcome);
    }
  }
}
