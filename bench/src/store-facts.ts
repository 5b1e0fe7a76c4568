import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { countSyncs } from "./durability.ts";
import { killAll, messageFrom, startProgram } from "./programs/children.ts";
import type { NeighbourReport } from "./programs/store-neighbour.ts";
import { modelEntries } from "./stores/models.ts";
import type { StoreKind } from "./stores/store-kind.ts";

/** What two processes that use the same store at once can rely on. */
export type Neighbours =
  /** The second process cannot open it. */
  | { readonly together: false }
  | {
      readonly together: true;
      /** Whether a process that has read a record sees the other's change of it at its next get. */
      readonly seesChanges: boolean;
      /** Both put different records at the same time. */
      readonly tried: number;
      readonly failed: number;
      /** Acknowledged, and not there afterwards. */
      readonly lost: number;
    };

/** What was found out about a store, so that its figures can be judged. */
export interface StoreFacts {
  readonly id: string;
  readonly name: string;
  readonly setup: string;
  /** Calls of fsync or fdatasync a put; undefined where they could not be counted. */
  readonly syncsPerPut: number | undefined;
  readonly neighbours: Neighbours;
}

const writes = 30;
const newSize = 4_999_999_999;

function isReport(message: unknown): message is NeighbourReport {
  return typeof message === "object" && message !== null && "step" in message;
}

async function answer(child: ChildProcess, step?: string): Promise<NeighbourReport> {
  const reported = messageFrom(child);
  if (step !== undefined) child.send(step);
  const report = await reported;
  if (!isReport(report)) throw new Error("a neighbour said something unknown");
  return report;
}

async function keptOf(kind: StoreKind, folder: string, keys: readonly string[]): Promise<number> {
  const store = await kind.open(folder);
  try {
    let kept = 0;
    for (const key of keys) {
      const found: unknown = await store.get(key);
      if (found !== undefined && found !== null) kept++;
    }
    return kept;
  } finally {
    await store.close();
  }
}

async function writeTogether(kind: StoreKind, folder: string, children: readonly ChildProcess[]) {
  const ends = children.map((child) => once(child, "exit"));
  const reports = await Promise.all(children.map((child) => answer(child, "write")));
  for (const child of children) child.send("end");
  await Promise.all(ends);
  const wrote = reports.filter((report) => report.step === "wrote");
  const acknowledged = wrote.flatMap((report) => report.acknowledged);
  return {
    tried: writes * children.length,
    failed: wrote.reduce((sum, { failed }) => sum + failed, 0),
    lost: acknowledged.length - (await keptOf(kind, folder, acknowledged)),
  };
}

/** Two processes have the store open at once: what they see of each other, and what gets lost. */
export async function neighboursOf(kind: StoreKind, folder: string): Promise<Neighbours> {
  const first = await kind.open(folder);
  await first.fill(modelEntries(1));
  await first.close();
  const children: ChildProcess[] = [];
  try {
    for (const writer of ["0", "1"]) {
      const args = [kind.id, folder, writer, `${writes}`, `${newSize}`];
      const child = startProgram("store-neighbour", args);
      children.push(child);
      if ((await answer(child)).step === "refused") return { together: false };
    }
    const [reader, changer] = children;
    if (reader === undefined || changer === undefined) throw new Error("nobody was started");
    await answer(changer, "change");
    const looked = await answer(reader, "look");
    const seesChanges = looked.step === "looked" && looked.size === newSize;
    return { together: true, seesChanges, ...(await writeTogether(kind, folder, children)) };
  } finally {
    killAll(children);
  }
}

/** Finds out about a store in an empty folder. */
export async function storeFacts(kind: StoreKind, folder: string): Promise<StoreFacts> {
  const shared = join(folder, "shared");
  mkdirSync(shared, { recursive: true });
  const counted = countSyncs(kind.id, folder);
  return {
    id: kind.id,
    name: kind.name,
    setup: kind.setup,
    syncsPerPut: counted === undefined ? undefined : counted.syncs / counted.commits,
    neighbours: await neighboursOf(kind, shared),
  };
}
