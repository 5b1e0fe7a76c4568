import { Subject, type SubjectKind } from "../subject.ts";
import { Acknowledged } from "./acknowledged.ts";
import { collections } from "./counters.ts";
import { ReadyWriter } from "./ready-writer.ts";

/** Where and how long writers are killed. */
export interface KillLoopOptions {
  readonly kind: SubjectKind;
  /** Prepared. */
  readonly folder: string;
  readonly rounds: number;
  /** Chooses the moments; the same seed chooses the same ones. */
  readonly seed: number;
}

/** What a loop saw. */
export interface KillLoopReport {
  readonly acknowledged: number;
  /** What broke the promise, in words; nothing if it held. */
  readonly problems: readonly string[];
}

/** Rounds between two looks at the store. */
const roundsPerLook = 5;

/** Kills writers with SIGKILL again and again, and looks at the store they leave. */
export async function killLoop(options: KillLoopOptions): Promise<KillLoopReport> {
  const { kind, folder, rounds, seed } = options;
  const subject = new Subject(kind, folder, collections);
  const acknowledged = new Acknowledged();
  const problems: string[] = [];
  const start = (round: number): ReadyWriter =>
    new ReadyWriter({ kind, folder, name: `${seed}-${round}` });
  // One writer is always started ahead, while the one before it writes.
  let next = start(0);
  for (let round = 0; round < rounds && problems.length === 0; round += 1) {
    const writer = next;
    next = start(round + 1);
    await killedWhileWriting(writer, { ...momentOf(round, seed), acknowledged });
    const isLook = round % roundsPerLook === roundsPerLook - 1 || round === rounds - 1;
    if (isLook) problems.push(...(await acknowledged.look(subject)));
  }
  next.kill();
  await next.end();
  const report = await subject.compare();
  if (report !== undefined && !report.isClean)
    problems.push(`the two stores differ: ${JSON.stringify(report.collections)}`);
  return { acknowledged: acknowledged.count, problems };
}

/** When a round's writer meets its end. */
export interface Moment {
  /** After so many lines. */
  readonly lines: number;
  readonly thenUs: number;
}

/** Places in the writer's cycle, and moments between them, differ from round to round. */
export function momentOf(round: number, seed: number): Moment {
  return { lines: 1 + ((round * 7 + seed) % 23), thenUs: ((round + seed) * 131) % 1500 };
}

async function killedWhileWriting(
  writer: ReadyWriter,
  { lines, thenUs, acknowledged }: Moment & { readonly acknowledged: Acknowledged },
): Promise<void> {
  let heard = 0;
  await writer.write((line) => {
    acknowledged.take(line);
    heard += 1;
    if (heard !== lines) return;
    const until = performance.now() + thenUs / 1000;
    while (performance.now() < until);
    writer.kill();
  });
  const end = await writer.end();
  if (end !== "SIGKILL") throw new Error(`the writer ended by itself with ${end}`);
  acknowledged.maybe();
}
