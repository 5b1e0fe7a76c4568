import { StorageError, type StorageBackend } from "@cutover/core";
import type { AdapterCopy } from "../crash-states/adapter-copy.ts";
import { leastImage, momentOf } from "../crash-states/crash-images.ts";
import { collections, dataFolder } from "../crash-states/scenario.ts";
import type { DiskImage } from "../disk/disk-image.ts";
import { diskError } from "../disk/disk-error.ts";
import { diskLife, type DiskLife } from "../disk/disk-life.ts";
import { ModelDisk } from "../disk/model-disk.ts";
import type { Fault } from "./fault.ts";

/** What came of one experiment. */
export interface FaultyRun {
  /** False if the program made fewer calls than the fault wanted. */
  readonly hasStruck: boolean;
  /** The call that failed first. */
  readonly struck: string;
  /** How the commits and reads ended under the fault: `done` or an error's code. */
  readonly outcomes: readonly string[];
  readonly problems: readonly string[];
}

const [a, b] = collections;
/** Which numbers the two collections may hold. */
type Possible = readonly (readonly [number, number])[];

/** Codes by which a failure of the disk may show; what they promise is checked with them. */
const codes = ["IO_FAILED", "DISK_FULL", "COMMIT_UNKNOWN"];
/** A lock that could not be removed keeps the next writer waiting: nothing was changed. */
const waited = "LOCK_TIMEOUT";
const full = ["ENOSPC", "EDQUOT"];

/**
 * Opens a store, reads, commits twice and reads again, with one fault; then without it, in the
 * same process, in a new one, and after a power cut that leaves only what was synced.
 */
export async function faultyRun(
  image: DiskImage,
  fault: Fault,
  copies: { readonly first: AdapterCopy; readonly second: AdapterCopy },
): Promise<FaultyRun> {
  const disk = new ModelDisk(image);
  const strike = striking(disk, fault);
  const experiment = new Experiment(copies.first, fault);
  diskLife.current = strike.life;
  await experiment.underFault();
  diskLife.current = { disk, before: () => {} };
  letTimePass(disk);
  await experiment.afterFault();
  await experiment.inNewProcess(copies.second);
  diskLife.current = { disk: new ModelDisk(leastImage(momentOf(disk))), before: () => {} };
  await experiment.inNewProcess(copies.second);
  const { outcomes, problems } = experiment;
  return { hasStruck: strike.first() !== "", struck: strike.first(), outcomes, problems };
}

function striking(
  disk: ModelDisk,
  { kind, nth, isForGood }: Fault,
): { readonly life: DiskLife; readonly first: () => string } {
  let count = 0;
  let first = "";
  const before = (syscall: string, path: string): void => {
    if (!kind.calls.includes(syscall)) return;
    count += 1;
    if (count !== nth && !(isForGood && count > nth)) return;
    first ||= `${syscall} ${path}`;
    throw diskError(kind.errno, syscall, path);
  };
  return { life: { disk, before }, first: () => first };
}

/** A lock that could not be removed is left to its age. */
function letTimePass(disk: ModelDisk): void {
  const lock = disk.find(`${dataFolder}/.cutover/json/lock`, "stat");
  if (lock !== undefined) lock.mtimeNs -= 10_000_000_000n;
}

class Experiment {
  readonly outcomes: string[] = [];
  readonly problems: string[] = [];
  readonly #adapter: AdapterCopy;
  readonly #fault: Fault;
  #possible: Possible = [[-2, -2]];
  #backend: StorageBackend | undefined;

  constructor(adapter: AdapterCopy, fault: Fault) {
    this.#adapter = adapter;
    this.#fault = fault;
  }

  async underFault(): Promise<void> {
    await this.#try("open", async () => {
      this.#backend = await open(this.#adapter);
    });
    await this.#look("read under the fault");
    await this.#commit(
      1,
      (possible) => [possible[0], 1],
      async (backend) => {
        if (b !== undefined) await backend.collection(b).put("x", { n: 1 });
      },
    );
    await this.#commit(
      2,
      () => [2, 2],
      async (backend) => {
        await backend.transaction(async (tx) => {
          for (const collection of collections) await tx.collection(collection).put("x", { n: 2 });
        });
      },
    );
    await this.#look("read under the fault");
  }

  async afterFault(): Promise<void> {
    this.#backend ??= await open(this.#adapter);
    this.#expect(await valuesIn(this.#backend), "in the same process, after the fault");
    try {
      if (a !== undefined) await this.#backend.collection(a).put("x", { n: 3 });
      this.#possible = this.#possible.map(([, second]) => [3, second]);
    } catch (error) {
      this.problems.push(`cannot write after the fault is gone: ${String(error)}`);
    }
    await this.#backend.close();
  }

  async inNewProcess(adapter: AdapterCopy): Promise<void> {
    const backend = await open(adapter);
    this.#expect(await valuesIn(backend), "in a new process");
    await backend.close();
  }

  async #commit(
    number: number,
    next: (before: readonly [number, number]) => readonly [number, number],
    work: (backend: StorageBackend) => Promise<void>,
  ): Promise<void> {
    const outcome = await this.#try(`commit ${number}`, work);
    const after = this.#possible.map(next);
    if (outcome === "done") this.#possible = after;
    else if (outcome === "COMMIT_UNKNOWN") this.#possible = [...this.#possible, ...after];
  }

  async #look(where: string): Promise<void> {
    await this.#try("read", async (backend) => this.#expect(await valuesIn(backend), where));
  }

  #expect(found: readonly [number, number], where: string): void {
    const isPossible = this.#possible.some(([x, y]) => x === found[0] && y === found[1]);
    if (isPossible) this.#possible = [found];
    else this.problems.push(`${where} holds ${found.join()}, not ${this.#possible.join(" or ")}`);
  }

  async #try(what: string, work: (backend: StorageBackend) => Promise<void>): Promise<string> {
    const outcome = await this.#outcomeOf(what, work);
    this.outcomes.push(outcome);
    return outcome;
  }

  async #outcomeOf(
    what: string,
    work: (backend: StorageBackend) => Promise<void>,
  ): Promise<string> {
    if (this.#backend === undefined && what !== "open") return "not open";
    try {
      await work(this.#backend ?? notOpen);
      return "done";
    } catch (error) {
      this.#judge(what, error);
      return error instanceof StorageError ? error.code : "untyped";
    }
  }

  /** The code says what happened, and a full disk is called one. */
  #judge(what: string, error: unknown): void {
    const { errno } = this.#fault.kind;
    if (error instanceof StorageError && error.code === waited) return;
    if (!(error instanceof StorageError) || !codes.includes(error.code)) {
      this.problems.push(`${what} rejects with ${String(error)}`);
    } else if (
      (error.code === "DISK_FULL") !== full.includes(errno) &&
      error.code !== "COMMIT_UNKNOWN"
    ) {
      this.problems.push(`${what} rejects with ${error.code} for ${errno}`);
    } else if (!`${error.message} ${causesOf(error)}`.includes(errno)) {
      this.problems.push(`${what} rejects without naming ${errno}: ${error.message}`);
    }
  }
}

/** Stands in while nothing is open; nobody calls it. */
const notOpen: StorageBackend = Object.create(null);

function causesOf(error: Error): string {
  const { cause } = error;
  return cause instanceof Error ? `${cause.message} ${causesOf(cause)}` : "";
}

const open = async (adapter: AdapterCopy): Promise<StorageBackend> =>
  adapter.jsonBackend({ folder: dataFolder, collections, lockTimeoutMs: 400 });

async function valuesIn(backend: StorageBackend): Promise<[number, number]> {
  const found = [];
  for (const collection of collections) found.push(await backend.collection(collection).get("x"));
  return [found[0]?.n ?? 0, found[1]?.n ?? 0];
}
