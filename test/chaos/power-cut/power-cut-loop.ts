import { join } from "node:path";
import { momentOf } from "../kill-loop/kill-loop.ts";
import { type Heard, ReadyWriter } from "../kill-loop/ready-writer.ts";
import type { SubjectKind } from "../subject.ts";
import { ControlTarget } from "./control-target.ts";
import { type CutTarget, StoreTarget } from "./cut-target.ts";
import { cuts, DiskUnderTest, type FileSystem } from "./disk-under-test.ts";

/** Where the power fails, and how often. */
export interface PowerCutOptions {
  /** `early`: a control store whose writer speaks too early. */
  readonly kind: SubjectKind | "control" | "early";
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

const controlWriter = join(import.meta.dirname, "control-writer.fixture.ts");

/** Lets writers write on a disk whose power fails, and looks at what is left when it is back. */
export async function powerCutLoop(options: PowerCutOptions): Promise<PowerCutReport> {
  const { kind, fileSystem, mayLose } = options;
  const disk = new DiskUnderTest(fileSystem);
  try {
    disk.mount();
    const folder = join(disk.folder, "data");
    const target =
      kind === "control" || kind === "early"
        ? new ControlTarget(folder)
        : new StoreTarget(kind, folder, mayLose);
    await target.prepare();
    const report = await rounds(disk, { ...options, folder, target });
    if (report.problems.length > 0) return report;
    return { ...report, problems: await target.end() };
  } finally {
    disk.remove();
  }
}

interface Rounds extends PowerCutOptions {
  readonly folder: string;
  readonly target: CutTarget;
}

async function rounds(disk: DiskUnderTest, options: Rounds): Promise<PowerCutReport> {
  const { kind, folder, imports, seed, target } = options;
  const problems: string[] = [];
  const program = kind === "control" || kind === "early" ? controlWriter : undefined;
  const start = (round: number): ReadyWriter => {
    const name = `${seed}-${round}`;
    return new ReadyWriter({ kind, folder, name, imports, isQuiet: true, program });
  };
  let next = start(0);
  let round = 0;
  for (; round < options.rounds && problems.length === 0; round += 1) {
    const writer = next;
    next = start(round + 1);
    await cutWhileWriting(disk, writer, { round, seed, target });
    disk.unmount();
    disk.mount();
    problems.push(...(await target.look()));
  }
  next.kill();
  await next.end();
  return { rounds: round, acknowledged: target.count, problems };
}

interface Round {
  readonly round: number;
  readonly seed: number;
  readonly target: CutTarget;
}

/**
 * Only what was acknowledged before the cut counts: whoever is still alive after a real one has not
 * lost power. Commits that were under way may be there or not.
 */
async function cutWhileWriting(
  disk: DiskUnderTest,
  writer: ReadyWriter,
  { round, seed, target }: Round,
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
    if (one.atNs < cutNs) target.take(one);
    else target.maybe();
  }
  target.maybe();
}
