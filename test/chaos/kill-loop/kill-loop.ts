import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Subject, type SubjectKind } from "../subject.ts";
import { Acknowledged } from "./acknowledged.ts";
import { collections, counters } from "./counters.ts";
import { ReadyWriter } from "./ready-writer.ts";

/** Where and how long writers are killed. */
export interface KillLoopOptions {
  readonly kind: SubjectKind;
  /** Empty. */
  readonly folder: string;
  /** Rounds of every store: in each its writer is killed. */
  readonly rounds: number;
  /** Stores that a writer writes to at once: its death strikes all of them, each elsewhere. */
  readonly stores: number;
  /** Chooses the moments; the same seed chooses the same ones. */
  readonly seed: number;
}

/** What a loop saw. */
export interface KillLoopReport {
  readonly acknowledged: number;
  /** What broke the promise, in words; nothing if it held. */
  readonly problems: readonly string[];
}

/** Rounds between two looks at the stores. */
const roundsPerLook = 5;

interface Struck {
  readonly subject: Subject;
  readonly acknowledged: Acknowledged;
}

/** Kills writers with SIGKILL again and again, and looks at the stores they leave. */
export async function killLoop(options: KillLoopOptions): Promise<KillLoopReport> {
  const { kind, folder, rounds, stores, seed } = options;
  const struck = await prepared(options);
  const problems: string[] = [];
  const start = (round: number): ReadyWriter =>
    new ReadyWriter({ kind, folder, stores, name: `${seed}-${round}` });
  // One writer is always started ahead, while the one before it writes.
  let next = start(0);
  for (let round = 0; round < rounds && problems.length === 0; round += 1) {
    const writer = next;
    next = start(round + 1);
    await killedWhileWriting(writer, momentOf(round, options), struck);
    const isLook = round % roundsPerLook === roundsPerLook - 1 || round === rounds - 1;
    if (!isLook) continue;
    for (const { subject, acknowledged } of struck)
      problems.push(...(await acknowledged.look(subject)));
  }
  next.kill();
  await next.end();
  for (const [store, { subject }] of struck.entries()) {
    problems.push(...(await differences(subject)));
    problems.push(...(await leftBehind(subject, join(folder, String(store)))));
  }
  const acknowledged = struck.reduce((sum, store) => sum + store.acknowledged.count, 0);
  return { acknowledged, problems };
}

async function prepared({ kind, folder, stores }: KillLoopOptions): Promise<Struck[]> {
  const struck = Array.from({ length: stores }, (_unused, store) => {
    const path = join(folder, String(store));
    mkdirSync(path);
    const subject = new Subject(kind, path, collections);
    return { subject, acknowledged: new Acknowledged() };
  });
  for (const { subject } of struck) await subject.prepare();
  return struck;
}

async function differences(subject: Subject): Promise<string[]> {
  const report = await subject.compare();
  if (report === undefined || report.isClean) return [];
  return [`the two stores differ: ${JSON.stringify(report.collections)}`];
}

/** Names of files that are there only while somebody writes. */
const passing = /\.tmp$|\.conflict-|-journal$|-wal$|\/lock$/;

/** Reopening heals what kills interrupted; a write sweeps away what they left. */
async function leftBehind(subject: Subject, folder: string): Promise<string[]> {
  const backend = await subject.open();
  await backend.collection(counters).put("last", { n: 0 });
  await backend.close();
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const left = names.filter((name) => passing.test(name.replaceAll("\\", "/")));
  return left.length === 0 ? [] : [`left behind ${left.join()}`];
}

/** When a round's writer meets its end. */
export interface Moment {
  /** After so many lines. */
  readonly lines: number;
  readonly thenUs: number;
}

/** Lines that the writer of one store says at most; of several, as many for each root of two. */
const mostLines = 23;

/** Places in the writer's cycle, and moments between them, differ from round to round. */
export function momentOf(
  round: number,
  { seed, stores }: Pick<KillLoopOptions, "seed" | "stores">,
): Moment {
  const most = mostLines * Math.ceil(Math.sqrt(stores));
  return { lines: 1 + ((round * 7 + seed) % most), thenUs: ((round + seed) * 131) % 1500 };
}

async function killedWhileWriting(
  writer: ReadyWriter,
  { lines, thenUs }: Moment,
  struck: readonly Struck[],
): Promise<void> {
  let count = 0;
  await writer.write((heard) => {
    struck[heard.store]?.acknowledged.take(heard);
    count += 1;
    if (count !== lines) return;
    const until = performance.now() + thenUs / 1000;
    while (performance.now() < until);
    writer.kill();
  });
  const end = await writer.end();
  if (end !== "SIGKILL") throw new Error(`the writer ended by itself with ${end}`);
  for (const { acknowledged } of struck) acknowledged.maybe();
}
