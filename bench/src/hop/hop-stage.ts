import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Collection, ControlStore, StorageBackend } from "@cutover/core";
import { cutoverBackend, Operator, type CutoverOptions, type Unit } from "@cutover/engine";
import type { BenchmarkRecord } from "@cutover/fixtures";
import { sqliteControl } from "@cutover/kysely/control";
import { writeDocument } from "../stores/app-json.ts";
import { models, type ModelEntry } from "../stores/models.ts";
import { openJson, openSqlite } from "../stores/ours.ts";

/** The stages that are measured: JSON in charge, or SQLite. */
export type MeasuredStage = "off" | "dualwrite" | "shadow" | "live";

/** The one unit that moves. */
export const modelsUnit: Unit = { name: "models", collections: [models] };

/** A JSON file on its way into a database, as an application has it open. */
export interface Hop extends AsyncDisposable {
  readonly json: StorageBackend;
  readonly sqlite: StorageBackend;
  readonly control: ControlStore;
  readonly operator: Operator;
  /** What the application uses. */
  readonly storage: StorageBackend;
  readonly collection: Collection<BenchmarkRecord>;
  /** Resolves when the mirror is equal. */
  readonly drained: () => Promise<void>;
}

/** How often it is looked whether the mirror is equal, in milliseconds. */
const lookMs = 1;
/** A mirror that is not equal after so long never will be, in milliseconds. */
const mostDrainMs = 60_000;
const limits = { switchDeadlineMs: 10_000, reverseWindowMs: 0 } as const;

async function drained(control: ControlStore): Promise<void> {
  const endsAt = performance.now() + mostDrainMs;
  while (performance.now() < endsAt) {
    const { keys, collections } = await control.count(modelsUnit.name);
    if (keys === 0 && collections.length === 0) return;
    await sleep(lookMs);
  }
  throw new Error(`the mirror is not equal after ${mostDrainMs} ms`);
}

/** Opens a hop in a folder that has a `models.json`; everything but this is as nobody tuned it. */
export async function openHop(folder: string, options: Partial<CutoverOptions> = {}): Promise<Hop> {
  const json = await openJson(folder);
  const sqlite = await openSqlite(join(folder, "models.db"));
  const control = sqliteControl({ path: join(folder, ".cutover", "control.db") });
  const stores = { old: json, new: sqlite, control, units: [modelsUnit] };
  const storage = await cutoverBackend({ ...stores, ...options });
  return {
    json,
    sqlite,
    control,
    operator: new Operator({ ...stores, ...limits }),
    storage,
    collection: storage.collection(models),
    drained: () => drained(control),
    async [Symbol.asyncDispose]() {
      for (const opened of [storage, json, sqlite, control]) await opened.close();
    },
  };
}

/** Walks a hop from its beginning to a stage, everything copied. */
export async function walkTo({ operator }: Hop, stage: MeasuredStage): Promise<void> {
  if (stage === "off") return;
  await operator.start(modelsUnit);
  await operator.backfill(modelsUnit);
  if (stage === "dualwrite") return;
  await operator.advance(modelsUnit);
  if (stage === "shadow") return;
  await operator.verify(modelsUnit);
  await operator.switch(modelsUnit);
}

/** A hop over these records, at a stage, in a folder that is made for it. */
export async function hopStage(
  folder: string,
  entries: readonly ModelEntry[],
  stage: MeasuredStage,
): Promise<Hop> {
  await mkdir(folder);
  await writeDocument(join(folder, "models.json"), entries);
  const hop = await openHop(folder);
  await walkTo(hop, stage);
  return hop;
}

/** Nothing that was measured counts if it left the two stores different. @throws Error then */
export async function checkEqual({ operator, drained }: Hop): Promise<void> {
  await drained();
  const { differences, records, unstable } = await operator.verify(modelsUnit);
  if (differences > 0 || unstable > 0) {
    throw new Error(`of ${records} records ${differences} differ between the two stores`);
  }
}
