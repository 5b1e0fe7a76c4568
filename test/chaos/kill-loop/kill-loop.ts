import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { childEnv } from "../child-env.ts";
import { Subject, type SubjectKind } from "../subject.ts";
import { collections, counters, ledger } from "./counters.ts";

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
/** Records that are kept in the store; older ones are taken out, so that rounds stay equally long. */
const mostRecords = 200;

interface Seen {
  puts: string[];
  total: number;
  count: number;
}

/** Kills writers with SIGKILL again and again, and looks at the store they leave. */
export async function killLoop(options: KillLoopOptions): Promise<KillLoopReport> {
  const seen: Seen = { puts: [], total: 0, count: 0 };
  const problems: string[] = [];
  // One writer is always started ahead, while the one before it writes.
  let next = start(options, 0);
  for (let round = 0; round < options.rounds && problems.length === 0; round += 1) {
    const writer = next;
    next = start(options, round + 1);
    await killedWhileWriting(writer, { round, seed: options.seed, seen });
    const isLook = round % roundsPerLook === roundsPerLook - 1 || round === options.rounds - 1;
    if (isLook) problems.push(...(await look(options, seen)));
  }
  next.kill("SIGKILL");
  await once(next, "exit");
  const report = await new Subject(options.kind, options.folder, collections).compare();
  if (report !== undefined && !report.isClean)
    problems.push(`the two stores differ: ${JSON.stringify(report.collections)}`);
  return { acknowledged: seen.count, problems };
}

function start({ kind, folder, seed }: KillLoopOptions, round: number): ChildProcess {
  const program = join(import.meta.dirname, "writer.fixture.ts");
  const args = ["--conditions=@cutover/source", program, kind, folder, `${seed}-${round}`];
  return spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"], env: childEnv });
}

interface Round {
  readonly round: number;
  readonly seed: number;
  readonly seen: Seen;
}

async function killedWhileWriting(
  child: ChildProcess,
  { round, seed, seen }: Round,
): Promise<void> {
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error("the writer has no pipes");
  const exited = once(child, "exit");
  stdin.write("go\n");
  // Places in the writer's cycle, and moments between them, differ from round to round.
  const killAfter = 1 + ((round * 7 + seed) % 23);
  const waitUs = ((round + seed) * 131) % 1500;
  let lines = 0;
  for await (const line of createInterface({ input: stdout })) {
    const [what, detail = ""] = line.split(" ");
    if (what === "put") seen.puts.push(detail);
    if (what === "total") seen.total = Math.max(seen.total, Number(detail));
    lines += 1;
    if (lines !== killAfter) continue;
    const until = performance.now() + waitUs / 1000;
    while (performance.now() < until);
    child.kill("SIGKILL");
  }
  const [status, signal] = await exited;
  if (signal !== "SIGKILL") throw new Error(`the writer ended by itself with ${status}`);
  seen.count += lines;
}

async function look({ kind, folder }: KillLoopOptions, seen: Seen): Promise<string[]> {
  const problems: string[] = [];
  const backend = await new Subject(kind, folder, collections).open();
  try {
    const found = await backend.collection(counters).getMany(seen.puts);
    const lost = seen.puts.filter((key) => !found.has(key));
    if (lost.length > 0) problems.push(`lost ${lost.join()}, which were acknowledged`);
    const total = (await backend.collection(counters).get("total"))?.n ?? 0;
    // Each kill may come after the commit and before the word, so one more a round is possible.
    if (total < seen.total || total > seen.total + roundsPerLook)
      problems.push(`counted ${total}, of which ${seen.total} were acknowledged`);
    seen.total = total;
    const debit = (await backend.collection(ledger).get("debit"))?.n ?? 0;
    const credit = (await backend.collection(counters).get("credit"))?.n ?? 0;
    if (debit + credit !== 0) problems.push(`half a transaction: ${debit} and ${credit}`);
    const old = seen.puts.slice(0, -mostRecords);
    await backend.collection(counters).deleteMany(old);
    seen.puts = seen.puts.slice(-mostRecords);
  } finally {
    await backend.close();
  }
  return problems;
}
