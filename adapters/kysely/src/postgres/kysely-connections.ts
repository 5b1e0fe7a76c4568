import type { CompiledQuery } from "kysely";
import type { Row, SqlValue } from "../sql/statement.ts";
import type { AnyKysely, KyselyExecutor } from "../driver/any-kysely.ts";
import { parameterText } from "./cell.ts";
import type { Outcome, PgConnections, PgLink, Step } from "./link.ts";
import { numbered } from "./numbered.ts";

type Compile = (sql: string, parameters: readonly unknown[]) => CompiledQuery;

// What one statement changes and then inserts it keeps to itself; see `putMany`.
const givesRows = /^(?!WITH changed\b)(?:SELECT\b|WITH\b|.*\bRETURNING\b)/s;
const begins = /^(BEGIN\b|COMMIT$|ROLLBACK$)/;

/** Rows come as JSON: how a handed instance reads numbers and booleans is its own affair. */
function asJson(text: string): string {
  return `WITH _given AS (${text}) SELECT row_to_json(_given)::text AS row FROM _given`;
}

function cellOf(value: unknown): SqlValue {
  if (typeof value === "boolean") return Number(value);
  return typeof value === "string" || typeof value === "number" ? value : null;
}

function cells(row: unknown): Row {
  const text = typeof row === "object" && row !== null && "row" in row ? row.row : undefined;
  const parsed: unknown = JSON.parse(String(text));
  return typeof parsed === "object" && parsed !== null ? Object.values(parsed).map(cellOf) : [];
}

class KyselyLink implements PgLink {
  private readonly executor: KyselyExecutor;
  private readonly compile: Compile;
  private readonly done: (broken: boolean) => void;
  private inTransaction = false;

  constructor(executor: KyselyExecutor, compile: Compile, done: (broken: boolean) => void) {
    this.executor = executor;
    this.compile = compile;
    this.done = done;
  }

  async send(steps: readonly Step[]): Promise<readonly Outcome[]> {
    const [first] = steps;
    const own = this.inTransaction || (first !== undefined && begins.test(first.statement.sql));
    if (own || steps.length < 2) return this.each(steps);
    await this.execute("BEGIN", []);
    try {
      const outcomes = await this.each(steps);
      await this.execute("COMMIT", []);
      return outcomes;
    } catch (error) {
      await this.execute("ROLLBACK", []).catch(() => undefined);
      throw error;
    }
  }

  private async each(steps: readonly Step[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const { statement, parameters } of steps) {
      const { text } = numbered(statement);
      outcomes.push(await this.execute(text, parameters.map(parameterText)));
    }
    return outcomes;
  }

  private async execute(text: string, parameters: readonly unknown[]): Promise<Outcome> {
    if (text.startsWith("BEGIN")) this.inTransaction = true;
    if (text === "COMMIT" || text === "ROLLBACK") this.inTransaction = false;
    const hasRows = givesRows.test(text);
    const query = this.compile(hasRows ? asJson(text) : text, parameters);
    const { rows, numAffectedRows } = await this.executor.executeQuery(query);
    if (hasRows) return { rows: rows.map(cells), count: rows.length };
    return { rows: [], count: Number(numAffectedRows ?? 0n) };
  }

  release(broken: boolean): void {
    this.done(broken);
  }
}

/** A Kysely instance of the application's, over Postgres. Each statement is a round trip. */
export class KyselyConnections implements PgConnections {
  readonly location = undefined;
  private readonly kysely: AnyKysely;
  private compile: Compile | undefined;

  constructor(kysely: AnyKysely) {
    // Plugins such as CamelCasePlugin would rename what our statements select.
    this.kysely = kysely.withoutPlugins();
  }

  private async compiler(): Promise<Compile> {
    if (this.compile !== undefined) return this.compile;
    const { CompiledQuery } = await import("kysely");
    this.compile = (sql, parameters) => CompiledQuery.raw(sql, [...parameters]);
    return this.compile;
  }

  async lease(): Promise<PgLink> {
    const compile = await this.compiler();
    const leased = Promise.withResolvers<PgLink>();
    const done = Promise.withResolvers<void>();
    this.kysely
      .connection()
      .execute(async (connection) => {
        leased.resolve(new KyselyLink(connection, compile, () => done.resolve()));
        await done.promise;
      })
      .catch(leased.reject);
    return leased.promise;
  }

  async close(): Promise<void> {}
}
