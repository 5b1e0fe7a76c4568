import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { BenchmarkRecord } from "@cutover/fixtures";
import type { Contestant } from "../contest.ts";
import type { Effort } from "../effort.ts";
import type { ModelEntry } from "../stores/models.ts";
import { labelOf, type Store, type StoreKind } from "../stores/store-kind.ts";

/** A library with the records in its store. */
export interface OpenPeer {
  readonly kind: StoreKind;
  readonly name: string;
  readonly store: Store;
}

/** Stores of several libraries with the same records, each in a folder of its own. */
export interface PeerStage extends AsyncDisposable {
  readonly peers: readonly OpenPeer[];
}

/** Those who take part in a run of this effort. */
export function peersFor(effort: Effort, kinds: readonly StoreKind[]): StoreKind[] {
  return kinds.filter(({ slowToFill }) => effort.everyPeer || slowToFill !== true);
}

/** Sets the stage in a folder. */
export async function peerStage(
  folder: string,
  kinds: readonly StoreKind[],
  entries: readonly ModelEntry[],
): Promise<PeerStage> {
  const peers: OpenPeer[] = [];
  for (const kind of kinds) {
    const own = join(folder, `peer-${kind.id}-${entries.length}`);
    await mkdir(own);
    const store = await kind.open(own);
    await store.fill(entries);
    peers.push({ kind, name: labelOf(kind), store });
  }
  return {
    peers,
    async [Symbol.asyncDispose]() {
      for (const { store } of peers) await store.close();
    },
  };
}

/** Gets of those who are on the stage. */
export function peerGets(
  { peers }: PeerStage,
  keyAt: (index: number) => string,
  operations?: Readonly<Record<string, number>>,
): Contestant[] {
  return peers.map(({ kind, name, store }) => ({
    name,
    asynchronous: kind.promises.get,
    operation: (index) => store.get(keyAt(index)),
    ...operationsFor(kind, operations),
  }));
}

/** Puts of those who are on the stage, one after another. */
export function peerPuts(
  { peers }: PeerStage,
  entryAt: (index: number) => readonly [string, BenchmarkRecord],
  operations?: Readonly<Record<string, number>>,
): Contestant[] {
  return peers.map(({ kind, name, store }) => ({
    name,
    asynchronous: kind.promises.put,
    operation: (index) => store.put(...entryAt(index)),
    ...operationsFor(kind, operations),
  }));
}

/** Puts of those who are on the stage, so many called at once. */
export function peerBursts(
  { peers }: PeerStage,
  entryAt: (index: number) => readonly [string, BenchmarkRecord],
  together: number,
): Contestant[] {
  return peers.map(({ name, store }) => ({
    name,
    asynchronous: true,
    operation: (index) =>
      Promise.all(
        Array.from({ length: together }, (_, offset) =>
          store.put(...entryAt(index * together + offset)),
        ),
      ),
  }));
}

function operationsFor(
  { id }: StoreKind,
  operations: Readonly<Record<string, number>> | undefined,
): Pick<Contestant, "operations"> {
  const count = operations?.[id];
  return count === undefined ? {} : { operations: count };
}
