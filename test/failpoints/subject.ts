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
import { sqliteBackend } from "@cutover/kysely/sqlite";
import type { Unit } from "@cutover/engine";

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

/** Opens both stores of a folder. */
export async function openStores(folder: string): Promise<Stores> {
  const options = { collections: unit.collections, clock: () => nowMs };
  const old = await jsonBackend({ folder: join(folder, "json"), ...options });
  const successor = sqliteBackend({ path: join(folder, "data.db"), ...options });
  const control = sqliteControl({
    path: join(folder, "control", "control.db"),
    clock: () => Date.now() - markAgeMs,
  });
  await control.open();
  const close = async (): Promise<void> => {
    for (const store of [old, successor, control]) await store.close();
  };
  return { old, new: successor, control, close };
}
