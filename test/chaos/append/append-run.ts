import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isStorageError } from "@cutover/core";
import type { AppendAnomaly } from "../../histories/append/append-anomaly.ts";
import type { AppendTransaction } from "../../histories/append/append-transaction.ts";
import { checkAppend } from "../../histories/append/check-append.ts";
import { Random } from "../../histories/load/random.ts";
import { Subject } from "../subject.ts";
import { staleStage } from "./append-fault.ts";
import { readJournals } from "./append-journal.ts";
import { type CrewOptions, Writer } from "./crew.ts";
import { allLists, collections } from "./lists.ts";

/** What is run, and how often it is disturbed. */
export interface AppendRunOptions extends Omit<CrewOptions, "journals"> {
  readonly kills: number;
  readonly seed: number;
  /** Lead the unit from one store to the other and back while writers write. */
  readonly switches: boolean;
}

/** What came of it. */
export interface AppendReport {
  readonly transactions: Readonly<Record<AppendTransaction["outcome"], number>>;
  readonly pauses: number;
  readonly switches: number;
  readonly anomalies: readonly AppendAnomaly[];
  /** Each kind of anomaly, with how many there were. */
  readonly kinds: Readonly<Record<string, number>>;
}

const writers = 4;
/** Of all anomalies so many are told. */
const mostTold = 5;

/** Four processes run transactions and are killed and paused; then what they saw is checked. */
export async function appendRun(options: AppendRunOptions): Promise<AppendReport> {
  const { kind, folder } = options;
  const journals = join(folder, "journals");
  const stores = join(folder, "stores");
  for (const made of [journals, stores]) mkdirSync(made);
  const subject = new Subject(kind, stores, collections);
  await subject.prepare();
  if (options.fault === staleStage) await makeFiles(subject);
  const disturbed = new Disturbance({ ...options, folder: stores, journals });
  let isOver = false;
  /** What a seeded fault does to the stores may well stop an operator. */
  const unlessFaulty =
    <T>(otherwise: T) =>
    (error: unknown): T => {
      if (options.fault === "-") throw error;
      return otherwise;
    };
  const switching = options.switches
    ? walk(subject, () => isOver).catch(unlessFaulty(0))
    : Promise.resolve(0);
  let figures = { pauses: 0, switches: 0 };
  try {
    const pauses = await disturbed.run().finally(() => {
      isOver = true;
    });
    figures = { pauses, switches: await switching };
    await disturbed.end();
  } catch (error) {
    await disturbed.giveUp();
    await switching.catch(() => undefined);
    throw error;
  }
  await compared(subject).catch(unlessFaulty(undefined));
  const history = [...readJournals(journals), await lastRead(subject)];
  return { ...verdictOn(history), ...figures };
}

class Disturbance {
  readonly #options: CrewOptions & AppendRunOptions;
  readonly #random: Random;
  readonly #crew: Writer[];
  #next: Writer;
  #number = 0;

  constructor(options: CrewOptions & AppendRunOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#crew = Array.from({ length: writers }, () => this.#start());
    this.#next = this.#start();
  }

  /** @returns how often a writer was paused */
  async run(): Promise<number> {
    for (const writer of this.#crew) writer.begin();
    await Promise.all(this.#crew.map((writer) => writer.advanced(5)));
    let pauses = 0;
    for (let kill = 0; kill < this.#options.kills; kill += 1) {
      const place = this.#random.below(writers);
      const [victim, other] = [this.#crew[place], this.#crew[(place + 1) % writers]];
      if (victim === undefined || other === undefined) throw new Error("no writers");
      if (this.#random.below(2) === 0) {
        pauses += 1;
        other.signal("SIGSTOP");
        // The length of the fault, which nothing else tells the end of.
        await pause(10 + this.#random.below(60));
        other.signal("SIGCONT");
      }
      await victim.advanced(1 + this.#random.below(30));
      this.#crew[place] = this.#next;
      this.#next.begin();
      await victim.kill();
      this.#next = this.#start();
    }
    await Promise.all(this.#crew.map((writer) => writer.advanced(10)));
    return pauses;
  }

  async end(): Promise<void> {
    await this.#next.kill();
    await Promise.all(this.#crew.map((writer) => writer.stop()));
  }

  async giveUp(): Promise<void> {
    for (const writer of [...this.#crew, this.#next]) await writer.kill();
  }

  #start(): Writer {
    this.#number += 1;
    return new Writer(this.#options, this.#number);
  }
}

/** Leads the unit to the new store and back again. @returns how often it changed */
async function walk(subject: Subject, isOver: () => boolean): Promise<number> {
  return subject.operate(async (operator, unit) => {
    let changes = 0;
    const change = async (work: () => Promise<unknown>): Promise<void> => {
      try {
        await work();
        changes += 1;
      } catch (error) {
        // The unit was too busy to be changed in time: nothing had changed.
        if (!isStorageError(error, "LOCK_TIMEOUT") && !isStorageError(error, "STAGE_REFUSED"))
          throw error;
      }
    };
    while (!isOver()) {
      await operator.backfill(unit);
      const { stage } = await operator.record(unit);
      if (stage === "dualwrite") await change(() => operator.advance(unit));
      else if (stage === "shadow") {
        await operator.verify(unit);
        await change(() => operator.switch(unit));
      } else await change(() => operator.reverse(unit));
    }
    return changes;
  });
}

/** A file that is missing where the other store has records is noticed by itself, which is not the point. */
async function makeFiles(subject: Subject): Promise<void> {
  const backend = await subject.open();
  for (const collection of collections) {
    const letter = collection.name.slice(-1);
    await backend.collection(collection).put(`${letter}.first`, { items: [] });
  }
  await backend.close();
}

/** @throws where a store differs from its mirror, when nobody writes any more */
async function compared(subject: Subject): Promise<void> {
  const report = await subject.compare();
  if (report !== undefined && !report.isClean)
    throw new Error(`the two stores differ: ${JSON.stringify(report.collections)}`);
}

/** Reads every list when nobody writes any more. */
async function lastRead(subject: Subject): Promise<AppendTransaction> {
  const backend = await subject.open();
  const lists = await allLists(backend);
  await backend.close();
  const operations = [...lists].map(([key, values]) => ({ kind: "read" as const, key, values }));
  const ns = process.hrtime.bigint();
  return { id: "last", outcome: "ok", operations, invokedNs: ns, completedNs: ns + 1n };
}

function verdictOn(
  history: readonly AppendTransaction[],
): Pick<AppendReport, "transactions" | "anomalies" | "kinds"> {
  const transactions = { ok: 0, fail: 0, unknown: 0 };
  for (const { outcome } of history) transactions[outcome] += 1;
  const anomalies = checkAppend(history);
  const kinds: Record<string, number> = {};
  for (const { kind } of anomalies) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return { transactions, anomalies: anomalies.slice(0, mostTold), kinds };
}
