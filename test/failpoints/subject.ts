import { join } from "node:path";
import {
  defineCollection,
  text,
  timestamp,
  type CollectionDefinition,
  type ControlStore,
  type StorageBackend,
} from "@cutover/core";
import { jsonBackend } from "@cutover/json";
import { sqliteControl } from "@cutover/kysely/control";
import { postgresBackend } from "@cutover/kysely/postgres";
import { postgresControl } from "@cutover/kysely/postgres-control";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import type { Unit } from "@cutover/engine";
import { databaseOf, serverHop, type ServerHop } from "./place.ts";

/** A record of the collections that are moved. */
export type Row = { owner?: string; until?: number; n: number };

/** The present of all processes: what expires, expired before it or never does. */
export const nowMs = 1000;

/** One collection of every kind that is moved in a way of its own. */
export const collections = {
  plain: defineCollection<Row>({ name: "plain", fields: { owner: text() } }),
  newest: defineCollection<Row>({ name: "newest", fields: { owner: text() }, order: "prepend" }),
  claimed: defineCollection<Row>({
    name: "claimed",
    fields: { owner: text(), until: timestamp({ as: "epoch-ms" }) },
    unique: ["owner"],
    expiry: "until",
  }),
} as const satisfies Record<string, CollectionDefinition<Row>>;

/** A name of {@link collections}. */
export type CollectionName = keyof typeof collections;

/** All names of {@link collections}. */
export const collectionNames = [
  "plain",
  "newest",
  "claimed",
] as const satisfies readonly CollectionName[];

/** All three move together. */
export const unit: Unit = {
  name: "team/three",
  collections: collectionNames.map((name) => collections[name]),
};

/** Both stores of a folder and what decides about them. */
export interface Stores {
  readonly old: StorageBackend;
  readonly new: StorageBackend;
  readonly control: ControlStore;
  close(): Promise<void>;
}

/** A dead writer's marks are taken for its own after seconds; here every mark is that old at once. */
const markAgeMs = 10_000;

const clock = (): number => Date.now() - markAgeMs;
const options = { collections: unit.collections, clock: () => nowMs };

const openJson = (folder: string): Promise<StorageBackend> =>
  jsonBackend({ folder: join(folder, "json"), ...options });
const openSqlite = async (folder: string): Promise<StorageBackend> =>
  sqliteBackend({ path: join(folder, "data.db"), ...options });

async function openInFolder(folder: string): Promise<Omit<Stores, "close">> {
  const control = sqliteControl({ path: join(folder, "control", "control.db"), clock });
  return { old: await openJson(folder), new: await openSqlite(folder), control };
}

async function openOnServer(folder: string, hop: ServerHop): Promise<Omit<Stores, "close">> {
  // A process that is killed needs no disk that is waited for.
  const server = {
    connectionString: databaseOf(hop, folder),
    durability: "process-crash",
  } as const;
  return {
    old: await { json: openJson, sqlite: openSqlite }[hop.from](folder),
    new: postgresBackend({ ...server, ...options, poolSize: 3 }),
    control: postgresControl({ ...server, clock }),
  };
}

/** Opens both stores of a folder. */
export async function openStores(folder: string): Promise<Stores> {
  const hop = serverHop();
  const stores = hop === undefined ? await openInFolder(folder) : await openOnServer(folder, hop);
  await stores.control.open();
  const close = async (): Promise<void> => {
    for (const store of [stores.old, stores.new, stores.control]) await store.close();
  };
  return { ...stores, close };
}
