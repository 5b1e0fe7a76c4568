import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CollectionDefinition, ControlStore, StorageBackend } from "@cutover/core";
import { cutoverBackend, Operator, type CutoverOptions, type Unit } from "@cutover/engine";
import { jsonBackend } from "@cutover/json";
import { sqliteControl } from "@cutover/kysely/control";
import { sqliteBackend } from "@cutover/kysely/sqlite";

/** A folder of JSON files on its way into a database, as an application and its operator have it open. */
export interface Hop extends AsyncDisposable {
  readonly folder: string;
  readonly unit: Unit;
  readonly json: StorageBackend;
  readonly sqlite: StorageBackend;
  readonly control: ControlStore;
  /** What the application uses. */
  readonly storage: StorageBackend;
  readonly operator: Operator;
  /** Resolves when nothing is marked any more. */
  drained(): Promise<void>;
}

/** Opens a hop in a fresh folder, with one unit of these collections. */
export async function openHop(
  collections: readonly CollectionDefinition[],
  options: Partial<CutoverOptions> = {},
): Promise<Hop> {
  const folder = await mkdtemp(join(tmpdir(), "cutover-hop-"));
  const json = await jsonBackend({ folder });
  const sqlite = sqliteBackend({ path: join(folder, "data.db") });
  const control = sqliteControl({ path: join(folder, ".cutover", "control.db") });
  const unit: Unit = { name: "unit", collections };
  const stores = { old: json, new: sqlite, control, units: [unit] };
  const storage = await cutoverBackend({ ...stores, ...options });
  const operator = new Operator({ ...stores, reverseWindowMs: 0 });
  const drained = async (): Promise<void> => {
    for (;;) {
      const { keys, collections: whole } = await control.count(unit.name);
      if (keys === 0 && whole.length === 0) return;
      await sleep(5);
    }
  };
  const dispose = async (): Promise<void> => {
    for (const opened of [storage, json, sqlite, control]) await opened.close();
    await rm(folder, { recursive: true, force: true });
  };
  return {
    folder,
    unit,
    json,
    sqlite,
    control,
    storage,
    operator,
    drained,
    [Symbol.asyncDispose]: dispose,
  };
}

/** Walks a unit to `shadow`, everything copied. */
export async function toShadow({ operator, unit }: Hop): Promise<void> {
  await operator.start(unit);
  await operator.backfill(unit);
  await operator.advance(unit);
}

/** Walks a unit to `live`. */
export async function toLive(hop: Hop): Promise<void> {
  await toShadow(hop);
  await hop.operator.switch(hop.unit, { force: true, reason: "a test of what comes after" });
}
