import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { manyRecords } from "@cutover/fixtures";
import type { ModelEntry } from "../stores/models.ts";
import type { Store, StoreKind } from "../stores/store-kind.ts";

/** A store with so many records, and its name in the tables. */
export interface GrownStore {
  readonly kind: StoreKind;
  readonly name: string;
  readonly folder: string;
  readonly store: Store;
}

/** Stores of the same size, and some of their records. */
export interface GrowthStage {
  readonly stores: readonly GrownStore[];
  /** Records from all over the store, too many for a small cache. */
  readonly sample: readonly ModelEntry[];
}

/** All records at once take a gigabyte and more where there are a million. */
const filledAtOnce = 100_000;
const sampled = 20_000;

/** The records, in lists that fit into memory. */
function* listsOf(records: number): Generator<ModelEntry[]> {
  let list: ModelEntry[] = [];
  for (const { key, value } of manyRecords(records)) {
    list.push([key, value]);
    if (list.length < filledAtOnce) continue;
    yield list;
    list = [];
  }
  if (list.length > 0) yield list;
}

/** Fills stores of these kinds. Whoever asked closes them. */
export async function growthStage(
  folder: string,
  kinds: readonly StoreKind[],
  records: number,
): Promise<GrowthStage> {
  const stores: GrownStore[] = [];
  for (const kind of kinds) {
    const own = join(folder, `${kind.id}-${records}`);
    await mkdir(own);
    stores.push({ kind, name: kind.name, folder: own, store: await kind.open(own) });
  }
  const stride = Math.max(1, Math.floor(records / sampled));
  const sample: ModelEntry[] = [];
  for (const list of listsOf(records)) {
    for (const { store } of stores) await store.fill(list);
    sample.push(...list.filter((_, index) => index % stride === 0));
  }
  return { stores, sample };
}
