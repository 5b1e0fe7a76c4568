import {
  StorageError,
  type CollectionDefinition,
  type JsonValue,
  type WriteOperation,
} from "@cutover/core";
import type { End, ExpressRequest, Shot } from "../driver/express.ts";
import type { SqlTable } from "../driver/sql-table.ts";
import { statement } from "../sql/statement.ts";
import { arrayLiteral } from "./array-literal.ts";
import type { Books } from "./books.ts";
import { Evaluation, needsReading, resultsOf, type Evaluated, type Found } from "./evaluation.ts";
import { lonePut, sendLonePut, type LonePut } from "./lone-put.ts";
import { step, type Outcome, type PgConnections, type PgLink, type Step } from "./link.ts";
import { explainPostgres, isBusy, isClash, isConnectionLoss, isTooLong } from "./postgres-error.ts";
import { RunPlan } from "./run-plan.ts";
import type { Signature, Signer } from "./signer.ts";
import type { Turns } from "./turns.ts";
import type { WaitMark } from "./wait-mark.ts";

const begin = statement("BEGIN");
const commit = statement("COMMIT");
const rollback = statement("ROLLBACK");

/** What a {@link WriteShot} needs of its store. */
export interface ShotContext {
  readonly connections: PgConnections;
  readonly books: Books;
  readonly waitMark: WaitMark;
  readonly signer: Signer;
  readonly location: string;
  readonly tableOf: (operation: WriteOperation) => SqlTable;
  /** Replaces an index that refused a text because of its length. @returns false for other errors */
  readonly makeRoom: (error: unknown, tables: Iterable<SqlTable>) => Promise<boolean>;
}

/** Which records have to be known before operations can be carried out. */
export function keysToRead(
  requests: readonly { readonly operations: readonly WriteOperation[] }[],
  tableOf: (operation: WriteOperation) => SqlTable,
): Map<SqlTable, Set<string>> {
  const wanted = new Map<SqlTable, Set<string>>();
  const direct = requests.every(({ operations }) =>
    operations.every((operation) => !needsReading(operation, operations.length === 1)),
  );
  if (direct) return wanted;
  for (const { operations } of requests)
    for (const operation of operations) {
      if (!("key" in operation) || !needsReading(operation, false)) continue;
      const table = tableOf(operation);
      const keys = wanted.get(table) ?? new Set();
      wanted.set(table, keys.add(operation.key));
    }
  return wanted;
}

/** Reads those records. */
export function readingSteps(wanted: ReadonlyMap<SqlTable, ReadonlySet<string>>): Step[] {
  return [...wanted].map(([table, keys]) =>
    step(table.statements.getMany, [arrayLiteral([...keys])]),
  );
}

/** What was read. @param outcomes of {@link readingSteps} */
export function foundIn(
  wanted: ReadonlyMap<SqlTable, ReadonlySet<string>>,
  outcomes: readonly Outcome[],
): Found {
  const found = new Map<SqlTable, Map<string, JsonValue>>();
  for (const [index, table] of [...wanted.keys()].entries()) {
    const rows = outcomes[index]?.rows ?? [];
    found.set(table, new Map(rows.map((row) => [table.codec.keyOf(row), table.codec.decode(row)])));
  }
  return found;
}

/** Tables that are written to for the first time. */
export function untouchedIn(parts: readonly Evaluated[]): ReadonlySet<SqlTable> {
  const tables = new Set<SqlTable>();
  for (const { effects } of parts)
    for (const { type, table } of effects)
      if (!table.touched && type !== "delete" && type !== "deleteExpired") tables.add(table);
  return tables;
}

/** True when answers hang on what the server says, and not only on what was sent. */
function needsAnswers(parts: readonly Evaluated[]): boolean {
  return parts.some(({ effects }) =>
    effects.some((effect) => {
      if (effect.type === "put") return effect.table.definition.expiry !== undefined;
      return "counts" in effect ? effect.counts : true;
    }),
  );
}

function keptOf(parts: readonly Part[]): readonly Evaluated[] {
  return parts.flatMap((part) => ("error" in part ? [] : [part]));
}

type Part = Evaluated | { readonly error: unknown };

/** Writes of several callers in one transaction: one round trip, or two where records have to be known. */
export class WriteShot {
  private readonly context: ShotContext;
  private readonly requests: readonly ExpressRequest[];
  private readonly waitMs: number;

  constructor(context: ShotContext, requests: readonly ExpressRequest[], waitMs: number) {
    this.context = context;
    this.requests = requests;
    this.waitMs = waitMs;
  }

  /** @throws StorageError CONNECTION_LOST, COMMIT_UNKNOWN and others, for all callers alike */
  async fire(): Promise<Shot> {
    try {
      return await this.attempt();
    } catch (error) {
      const { makeRoom, tableOf } = this.context;
      const operations = this.requests.flatMap((request) => request.operations);
      if (await makeRoom(error, new Set(operations.map(tableOf)))) return "busy";
      throw explainPostgres(error, this.context.location);
    }
  }

  private async attempt(): Promise<Shot> {
    const link = await this.lease();
    let broken = false;
    try {
      const lone = lonePut(this.requests, this.context.tableOf);
      if (lone !== undefined) return await this.alone(link, lone);
      const wanted = keysToRead(this.requests, this.context.tableOf);
      return wanted.size === 0 ? await this.direct(link) : await this.afterReading(link, wanted);
    } catch (error) {
      broken = isConnectionLoss(error);
      if (isTooLong(error)) throw error;
      if (isBusy(error)) return "busy";
      // What one caller did must not fail the others.
      if (isClash(error) || (this.requests.length > 1 && !broken)) return "apart";
      throw error;
    } finally {
      link.release(broken);
    }
  }

  private async lease(): Promise<PgLink> {
    try {
      return await this.context.connections.lease();
    } catch (error) {
      throw explainPostgres(error, this.context.location);
    }
  }

  private get definitions(): readonly CollectionDefinition[] {
    const operations = this.requests.flatMap((request) => request.operations);
    return [...new Set(operations.map(({ collection }) => collection))];
  }

  private entering(exclusive: boolean): readonly Step[] {
    const { definitions } = this;
    return this.turns.enter({ definitions, exclusive, waitMs: this.waitMs });
  }

  private get turns(): Turns {
    return this.context.books.turns;
  }

  private evaluate(found: Found): Part[] {
    const evaluation = new Evaluation(found);
    const { tableOf } = this.context;
    // Where records were read, an insertion is decided by what was.
    const direct = found.size === 0;
    return this.requests.map(({ operations, nowMs }) => {
      try {
        return evaluation.evaluate(operations, { tableOf, nowMs, direct });
      } catch (error) {
        return { error };
      }
    });
  }

  private touching(untouched: ReadonlySet<SqlTable>): Step[] {
    return [...untouched].map((table) => step(this.context.books.touch, [table.name]));
  }

  private async alone(link: PgLink, lone: LonePut): Promise<Shot> {
    const { signer } = this.context;
    const signature = signer.sign();
    try {
      await sendLonePut(link, lone, { turns: this.turns, signature, waitMs: this.waitMs });
    } catch (error) {
      if (!isConnectionLoss(error)) throw error;
      if (!(await signer.settle(signature, error))) return "busy";
    }
    return [{ results: [{ count: 1 }] }];
  }

  private async direct(link: PgLink): Promise<Shot> {
    const parts = this.evaluate(new Map());
    const kept = keptOf(parts);
    const plan = new RunPlan(kept.flatMap(({ effects }) => effects));
    const untouched = untouchedIn(kept);
    const signature = this.context.signer.sign();
    const before = [...this.entering(!plan.isSingle), ...this.touching(untouched)];
    return this.finish(parts, {
      plan,
      untouched,
      signature,
      send: async () => {
        const steps = [...before, ...plan.steps, signature.step];
        const sending = (): Promise<readonly Outcome[]> => link.send(steps);
        const outcomes = plan.isSingle
          ? await sending()
          : await this.context.waitMark.during(this.definitions, sending);
        return outcomes.slice(before.length);
      },
    });
  }

  private async afterReading(
    link: PgLink,
    wanted: ReadonlyMap<SqlTable, ReadonlySet<string>>,
  ): Promise<Shot> {
    try {
      const before = [step(begin), ...this.entering(true)];
      const read = await this.context.waitMark.during(this.definitions, () =>
        link.send([...before, ...readingSteps(wanted)]),
      );
      const parts = this.evaluate(foundIn(wanted, read.slice(before.length)));
      const kept = keptOf(parts);
      const plan = new RunPlan(kept.flatMap(({ effects }) => effects));
      const untouched = untouchedIn(kept);
      const touching = this.touching(untouched);
      const signature = this.context.signer.sign();
      const send = async (): Promise<readonly Outcome[]> => {
        const steps = [...touching, ...plan.steps, signature.step, step(commit)];
        return (await link.send(steps)).slice(touching.length);
      };
      return await this.finish(parts, { plan, untouched, signature, send });
    } catch (error) {
      if (!isConnectionLoss(error)) await link.send([step(rollback)]).catch(() => undefined);
      throw error;
    }
  }

  private async finish(
    parts: readonly Part[],
    last: {
      readonly plan: RunPlan;
      readonly untouched: ReadonlySet<SqlTable>;
      readonly signature: Signature;
      readonly send: () => Promise<readonly Outcome[]>;
    },
  ): Promise<Shot> {
    try {
      last.plan.read(await last.send());
    } catch (error) {
      if (!isConnectionLoss(error)) throw error;
      if (!(await this.context.signer.settle(last.signature, error))) return "busy";
      const kept = keptOf(parts);
      if (needsAnswers(kept)) throw answerLost(this.context.location, error);
    }
    for (const table of last.untouched) table.touched = true;
    return parts.map((part) => ("error" in part ? part : endOf(part)));
  }
}

function endOf(part: Evaluated): End {
  const error = part.answers.find((answer) => answer.refused !== undefined)?.refused;
  return error === undefined ? { results: resultsOf(part) } : { error };
}

function answerLost(location: string, cause: unknown): StorageError {
  return new StorageError(
    "COMMIT_UNKNOWN",
    `${location}: the connection was lost during the commit, which took effect; what it found is not known`,
    { cause },
  );
}
