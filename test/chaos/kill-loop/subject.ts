import { join } from "node:path";
import {
  type CollectionDefinition,
  type ControlStore,
  defineCollection,
  integer,
  type StorageBackend,
} from "@cutover/core";
import { cutoverBackend, Operator, type Unit, type VerificationReport } from "@cutover/engine";
import { jsonBackend } from "@cutover/json";
import { sqliteControl } from "@cutover/kysely/control";
import { sqliteBackend } from "@cutover/kysely/sqlite";

type Count = { n: number };
export const counters: CollectionDefinition<Count> = defineCollection<Count>({
  name: "counters",
  fields: { n: integer() },
});
export const ledger: CollectionDefinition<Count> = defineCollection<Count>({
  name: "ledger",
  fields: { n: integer() },
});
const collections = [counters, ledger];
const unit: Unit = { name: "books", collections };

/** What writers are killed on: a store alone, or both stores at a stage of a cutover. */
export const subjectKinds = ["json", "sqlite", "sqlite-normal", "dualwrite", "live"] as const;
export type SubjectKind = (typeof subjectKinds)[number];

interface Stores {
  readonly old: StorageBackend;
  readonly new: StorageBackend;
  readonly control: ControlStore;
}

async function storesIn(folder: string): Promise<Stores> {
  const control = sqliteControl({ path: join(folder, ".cutover/control.db") });
  await control.open();
  return {
    old: await jsonBackend({ folder, collections }),
    new: sqliteBackend({ path: join(folder, "data.db"), collections }),
    control,
  };
}

const isCutover = (kind: SubjectKind): boolean => kind === "dualwrite" || kind === "live";

/** Leads an empty folder to where the subject begins. */
export async function prepareSubject(kind: SubjectKind, folder: string): Promise<void> {
  if (!isCutover(kind)) return;
  const stores = await storesIn(folder);
  for (const collection of collections)
    await stores.old.collection(collection).put("first", { n: 0 });
  const operator = new Operator({ ...stores, units: [unit] });
  await operator.start(unit);
  await operator.backfill(unit);
  if (kind === "live") {
    await operator.advance(unit);
    await operator.verify(unit);
    await operator.switch(unit);
  }
  await closeAll(stores);
}

/** Opens the subject as an application does. */
export async function openSubject(kind: SubjectKind, folder: string): Promise<StorageBackend> {
  if (kind === "json") return jsonBackend({ folder, collections });
  if (kind === "sqlite") return sqliteBackend({ path: join(folder, "data.db"), collections });
  if (kind === "sqlite-normal") {
    const path = join(folder, "data.db");
    return sqliteBackend({ path, collections, synchronous: "normal" });
  }
  const stores = await storesIn(folder);
  return cutoverBackend({
    ...stores,
    units: [unit],
    closes: [stores.old, stores.new, stores.control],
  });
}

/** Brings the mirror to what the authority holds, and compares them; undefined for one store. */
export async function compareStores(
  kind: SubjectKind,
  folder: string,
): Promise<VerificationReport | undefined> {
  if (!isCutover(kind)) return undefined;
  const stores = await storesIn(folder);
  try {
    const operator = new Operator({ ...stores, units: [unit] });
    await operator.backfill(unit);
    return await operator.verify(unit);
  } finally {
    await closeAll(stores);
  }
}

async function closeAll(stores: Stores): Promise<void> {
  for (const part of [stores.old, stores.new, stores.control]) await part.close();
}
