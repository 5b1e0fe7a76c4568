import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Acknowledged } from "../kill-loop/acknowledged.ts";
import { collections } from "../kill-loop/counters.ts";
import { momentOf } from "../kill-loop/kill-loop.ts";
import { type Heard, ReadyWriter } from "../kill-loop/ready-writer.ts";
import { Subject, type SubjectKind } from "../subject.ts";
import { cuts, DiskUnderTest, type FileSystem } from "./disk-under-test.ts";

/** Where the power fails, and how often. */
export interface PowerCutOptions {
  readonly kind: SubjectKind;
  readonly fileSystem: FileSystem;
  readonly rounds: number;
  readonly seed: number;
  /** Modules that writers load first. */
  readonly imports: readonly string[];
  /** Acknowledged commits may be gone, if what is there is whole. */
  readonly mayLose: boolean;
}

/** What a loop saw. */
export interface PowerCutReport {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly problems: readonly string[];
}

/** Lets writers write on a disk whose power fails, and looks at what is left when it is back. */
export async function powerCutLoop(options: PowerCutOptions): Promise<PowerCutReport> {
  const { kind, fileSystem } = options;
  const disk = new DiskUnderTest(fileSystem);
  try {
    disk.mount();
    const folder = join(disk.folder, "data");
    const store = join(folder, "0");
    mkdirSync(store, { recursive: true });
    const subject = new Subject(kind, store, collections);
    await subject.prepare();
    const report = await rounds(disk, { ...options, folder, subject });
    const compared = report.problems.length > 0 ? undefined : await subject.compare();
    return compared === undefined || compared.isClean
      ? report
      : { ...report, problems: ["the two stores differ"] };
  } finally {
    disk.remove();
  }
}

interface Rounds extends PowerCutOptions {
  readonly folder: string;
  readonly subject: Subject;
}

async function rounds(disk: DiskUnderTest, options: Rounds): Promise<PowerCutReport> {
  const { kind, folder, imports, mayLose, seed, subject } = options;
  const acknowledged = new Acknowledged();
  const problems: string[] = [];
  const start = (round: number): ReadyWriter =>
    new ReadyWriter({ kind, folder, name: `${seed}-${round}`, imports, isQuiet: true });
  let next = start(0);
  let round = 0;
  for (; round < options.rounds && problems.length === 0; round += 1) {
    const writer = next;
    next = start(round + 1);
    await cutWhileWriting(disk, writer, { round, seed, acknowledged });
    disk.unmount();
    disk.mount();
    problems.push(...(await acknowledged.look(subject, mayLose)));
  }
  next.kill();
  await next.end();
  return { rounds: round, acknowledged: acknowledged.count, problems };
}

interface Round {
  readonly round: number;
  readonly seed: number;
  readonly acknowledged: Acknowledged;
}

/**
 * Only what was acknowledged before the cut counts: whoever is still alive after a real one has not
 * lost power. Commits that were under way may be there or not.
 */
async function cutWhileWriting(
  disk: DiskUnderTest,
  writer: ReadyWriter,
  { round, seed, acknowledged }: Round,
): Promise<void> {
  const { lines, thenUs } = momentOf(round, { seed, stores: 1 });
  const heard: Heard[] = [];
  let cutNs: bigint | undefined;
  await writer.write((one) => {
    heard.push(one);
    if (heard.length !== lines) return;
    const until = performance.now() + thenUs / 1000;
    while (performance.now() < until);
    cutNs = disk.cut(round % 2 === 0 ? cuts.logLost : cuts.logWritten);
  });
  await writer.end();
  if (cutNs === undefined) throw new Error(`the writer ended early: ${writer.complaints}`);
  for (const one of heard) {
    if (one.atNs < cutNs) acknowledged.take(one);
    else acknowledged.maybe();
  }
  acknowledged.maybe();
}
