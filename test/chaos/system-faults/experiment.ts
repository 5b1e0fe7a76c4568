import { spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { StorageBackend } from "@cutover/core";
import { jsonBackend } from "@cutover/json";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import { childEnv } from "../child-env.ts";
import { a, b, values } from "./collections.ts";
import { injectInto, type Injection } from "./strace.ts";

export type StoreKind = "json" | "sqlite";

/** A fault for a real process with a real store. */
export interface SystemFault extends Omit<Injection, "paths"> {
  readonly kind: StoreKind;
}

/** What came of it. */
export interface SystemFaultRun {
  /** How many calls failed. */
  readonly struck: number;
  readonly problems: readonly string[];
  readonly outcomes: readonly string[];
}

interface Told {
  readonly step: string;
  readonly code?: string;
  readonly message?: string;
  readonly value?: unknown;
}

const codes = ["IO_FAILED", "DISK_FULL", "COMMIT_UNKNOWN", "LOCK_TIMEOUT"];
/** SQLite says of a read that fails that the file is damaged. */
const codesOf = ({ kind, calls }: SystemFault): readonly string[] =>
  kind === "sqlite" && calls === "pread64" ? [...codes, "CORRUPT_DATA"] : codes;
const collections = [a, b];

const openStore = async (kind: StoreKind, folder: string): Promise<StorageBackend> =>
  kind === "json"
    ? jsonBackend({ folder, collections })
    : sqliteBackend({ path: join(folder, "data.db"), collections });

/** Runs a writer, lets its calls fail, lets them succeed again, and looks at what it left. */
export async function systemFaultRun(fault: SystemFault): Promise<SystemFaultRun> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "cutover-fault-")));
  try {
    await prepare(fault.kind, folder);
    return await experiment(fault, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function prepare(kind: StoreKind, folder: string): Promise<void> {
  const backend = await openStore(kind, folder);
  for (const collection of collections) await backend.collection(collection).put("x", { n: -1 });
  await backend.close();
}

async function experiment(fault: SystemFault, folder: string): Promise<SystemFaultRun> {
  const program = join(import.meta.dirname, "writer.fixture.ts");
  const args = ["--conditions=@cutover/source", program, fault.kind, folder];
  const child = spawn(process.execPath, args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: childEnv,
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { pid } = child;
  if (pid === undefined) throw new Error("the writer did not start");
  try {
    await untilStep(lines, "ready");
    const paths = fault.kind === "sqlite" ? sqlitePaths(folder) : [];
    const end = await injectInto(pid, { ...fault, paths });
    child.stdin.write("go\n");
    const under = await untilStep(lines, "over");
    const struck = await end();
    child.stdin.write("again\n");
    const after = await untilStep(lines, "close");
    await ended;
    return { struck, ...(await judged({ fault, folder, under, after })) };
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

/** strace follows only calls on these: Node itself opens files, too. */
function sqlitePaths(folder: string): string[] {
  return ["", "-wal", "-shm", "-journal"].map((end) => join(folder, `data.db${end}`));
}

async function untilStep(lines: AsyncIterator<string>, step: string): Promise<Told[]> {
  const all: Told[] = [];
  for (;;) {
    const { done, value } = await lines.next();
    if (done === true) throw new Error(`the writer ended before "${step}"`);
    const told: Told = JSON.parse(value);
    if (told.step === step && step !== "close") return all;
    all.push(told);
    if (told.step === step) return all;
  }
}

interface Evidence {
  readonly fault: SystemFault;
  readonly folder: string;
  readonly under: readonly Told[];
  readonly after: readonly Told[];
}

async function judged({
  fault,
  folder,
  under,
  after,
}: Evidence): Promise<Omit<SystemFaultRun, "struck">> {
  const problems = under
    .filter(({ code }) => code !== undefined && !codesOf(fault).includes(code))
    .map(({ step, message }) => `${step} rejects with ${message}`);
  let possible = [[-1, -1]];
  for (const told of under) {
    const next = possible.map(([x = 0, y = 0]) =>
      told.step === "first" ? [1, y] : told.step === "second" ? [2, 2] : [x, y],
    );
    if (told.code === undefined) possible = next;
    else if (told.code === "COMMIT_UNKNOWN") possible = [...possible, ...next];
  }
  const isPossible = (found: unknown): boolean =>
    possible.some((known) => JSON.stringify(known) === JSON.stringify(found));
  const read = after.find(({ step }) => step === "read");
  if (!isPossible(read?.value))
    problems.push(
      `in the same process holds ${JSON.stringify(read)}, not ${JSON.stringify(possible)}`,
    );
  for (const { step, code, message } of after) {
    if (code !== undefined) problems.push(`${step} fails after the fault is gone: ${message}`);
  }
  const backend = await openStore(fault.kind, folder);
  const [first, second] = await values(backend);
  await backend.close();
  const isRight = first === 3 && possible.some(([, y]) => y === second);
  if (!isRight)
    problems.push(`a new process finds ${first},${second}, not ${JSON.stringify(possible)} with 3`);
  return { problems, outcomes: under.map(({ step, code }) => `${step}: ${code ?? "done"}`) };
}
