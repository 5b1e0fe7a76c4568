import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { defineCollection, integer, text, type StorageBackend } from "@cutover/core";
import {
  cutoverBackend,
  Operator,
  type CutoverOptions,
  type OperatorOptions,
  type Unit,
} from "@cutover/engine";
import { jsonBackend } from "@cutover/json";
import { sqliteControl } from "@cutover/kysely/control";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import type { Hop } from "../bypass/json-and-sqlite.ts";

/** What is kept in every scene. */
export const notes = defineCollection<{ title: string; size: number }>({
  name: "notes",
  fields: { title: text(), size: integer() },
});

/** How a scene is opened. */
export interface SceneOptions {
  /** Where it lies. Default: a fresh folder. */
  readonly folder?: string;
  /** Where the database lies. Default: in the folder. */
  readonly database?: string;
  /** Where the control store lies. Default: in the folder. */
  readonly control?: string;
  readonly backend?: Partial<CutoverOptions>;
  readonly operator?: Partial<OperatorOptions>;
}

/** A hop that can be closed and opened again, as if its processes had ended. */
export interface Scene extends Hop {
  /** Opens what the application uses; the first time, `storage` is that. */
  open(options?: Partial<CutoverOptions>): Promise<StorageBackend>;
  /** Another one who moves units. */
  operatorWith(options: Partial<OperatorOptions>): Operator;
  /** Ends everything, and leaves the files. */
  close(): Promise<void>;
}

function notOpened(): never {
  throw new Error("open() was not called");
}

/** A folder with both stores and a control store; the application is not open yet. */
export async function sceneIn(options: SceneOptions = {}): Promise<Scene> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "cutover-trouble-")));
  const json = await jsonBackend({ folder });
  const sqlite = sqliteBackend({ path: options.database ?? join(folder, "data.db") });
  const control = sqliteControl({
    path: join(options.control ?? join(folder, ".cutover"), "control.db"),
  });
  const unit: Unit = { name: "unit", collections: [notes] };
  const stores = { old: json, new: sqlite, control, units: [unit] };
  const opened: StorageBackend[] = [];
  const open = async (given: Partial<CutoverOptions> = {}): Promise<StorageBackend> => {
    const storage = await cutoverBackend({ ...stores, ...options.backend, ...given });
    opened.push(storage);
    return storage;
  };
  const operatorWith = (given: Partial<OperatorOptions>): Operator =>
    new Operator({ ...stores, reverseWindowMs: 0, ...options.operator, ...given });
  const close = async (): Promise<void> => {
    for (const part of [...opened, json, sqlite, control]) await part.close();
  };
  await control.open();
  return {
    folder,
    unit,
    json,
    sqlite,
    control,
    get storage(): StorageBackend {
      return opened[0] ?? notOpened();
    },
    operator: operatorWith({}),
    open,
    operatorWith,
    close,
    drained: async () => {
      for (;;) {
        const { keys, collections } = await control.count(unit.name);
        if (keys === 0 && collections.length === 0) return;
        await sleep(5);
      }
    },
    [Symbol.asyncDispose]: async () => {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A scene with three records, open. */
export async function filled(options: SceneOptions = {}): Promise<Scene> {
  const scene = await sceneIn(options);
  const storage = await scene.open();
  for (const key of ["a", "b", "c"])
    await storage.collection(notes).put(key, { title: key, size: 1 });
  return scene;
}

/** Ends a scene's processes, changes something behind their backs, and begins anew, not open yet. */
export async function whileClosed(scene: Scene, change: () => Promise<void>): Promise<Scene> {
  await scene.close();
  await change();
  return sceneIn({ folder: scene.folder });
}

/** Moves a database of a scene, with its log, to another name. */
export async function moveDatabase({ folder }: Scene, from: string, to: string): Promise<void> {
  for (const end of ["", "-wal", "-shm"])
    await rename(join(folder, from + end), join(folder, to + end)).catch(() => undefined);
}

/** Keys that a store holds, in order. */
export async function keysOf(store: StorageBackend): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.collection(notes).iterate()) keys.push(key);
  return keys;
}
