import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { memoryBackend, replicaOf, type ControlStore, type StorageBackend } from "@cutover/core";
import type { OpenSubject, SubjectOptions } from "@cutover/contract-tests";
import { jsonBackend } from "@cutover/json";
import { sqliteControl } from "@cutover/kysely/control";
import { postgresBackend } from "@cutover/kysely/postgres";
import { postgresControl } from "@cutover/kysely/postgres-control";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import { cutoverBackend, stages, UnitRegistry, type Stage, type Unit } from "@cutover/engine";
import { epochMarks, StoreEpochs } from "../../src/unit/store-epoch.ts";
import { databaseUrl, schemaAt } from "./database-url.ts";
import { encodeUnit, recordName, type UnitRecord } from "../../src/unit/unit-record.ts";

type OpenStore = (location: string, options: SubjectOptions) => Promise<StorageBackend>;

const json: OpenStore = (location, options) =>
  jsonBackend({ folder: join(location, "json"), ...options });
const sqlite: OpenStore = async (location, options) =>
  sqliteBackend({ path: join(location, "store.db"), ...options });
const memory: OpenStore = async (_location, { clock, lockTimeoutMs }) =>
  memoryBackend({
    ...(clock === undefined ? {} : { clock }),
    ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
  });

// The server of the tests does not wait for its disk.
const durability = "process-crash";
const postgres: OpenStore = async (location, options) =>
  postgresBackend({
    connectionString: databaseUrl(),
    schema: schemaAt(location, "store"),
    durability,
    poolSize: 4,
    ...options,
  });

/** Pairs of stores that the contract is tried on. */
export const pairs = {
  "json → sqlite": { old: json, new: sqlite },
  "sqlite → json": { old: sqlite, new: json },
  "memory → json": { old: memory, new: json },
  "sqlite → postgres": { old: sqlite, new: postgres },
  "json → postgres": { old: json, new: postgres },
} as const satisfies Record<string, { readonly old: OpenStore; readonly new: OpenStore }>;

/** A name of {@link pairs}. */
export type PairName = keyof typeof pairs;

/** Both stores of a hop, and what decides between them. */
interface Parts {
  readonly old: StorageBackend;
  readonly new: StorageBackend;
  readonly control: ControlStore;
}

/** Records a unit as having come to a stage, unless it is recorded already. */
async function enterStage(parts: Parts, unit: Unit, stage: Stage): Promise<void> {
  const { control } = parts;
  const hop = { from: parts.old.kind, to: parts.new.kind };
  await control.open();
  const name = recordName(unit.name);
  if ((await control.records()).some((record) => record.name === name)) return;
  const record: UnitRecord = {
    unit: unit.name,
    collections: unit.collections.map((collection) => collection.name),
    hop,
    stage,
    epoch: Object.keys(stages).indexOf(stage),
    since: new Date().toISOString(),
    backfilled: true,
  };
  for (const store of [parts.old, parts.new]) store.collection(epochMarks);
  const replicas = { old: replicaOf(parts.old), new: replicaOf(parts.new) };
  const registry = new UnitRegistry(control, hop);
  const epochs = new StoreEpochs({ control, registry, replicas });
  for (const side of ["old", "new"] as const) await epochs.sign(side, record);
  const change = { name, revision: 0, value: encodeUnit(record) };
  await control.commit([change], []).catch(() => undefined);
}

/** A pair with memory in it begins anew every time, as memory does: it promises to keep nothing. */
async function placeFor(pair: PairName, location: string): Promise<string> {
  return pair.includes("memory") ? mkdtemp(join(location, "run-")) : location;
}

/** Where one of the stores is on a server, what decides is there, too. */
function controlFor(pair: PairName, location: string): ControlStore {
  if (!pair.includes("postgres"))
    return sqliteControl({ path: join(location, "control", "control.db") });
  const schema = schemaAt(location, "control");
  return postgresControl({ connectionString: databaseUrl(), schema, durability });
}

/** Opens both stores of a pair as one, at one stage. */
export function openAt(pair: PairName, stage: Stage): OpenSubject {
  return async (given, options) => {
    const { old: openOld, new: openNew } = pairs[pair];
    const location = await placeFor(pair, given);
    const old = await openOld(location, options);
    const successor = await openNew(location, options);
    const control = controlFor(pair, location);
    const unit: Unit = { name: "all", collections: options.collections };
    await enterStage({ old, new: successor, control }, unit, stage);
    const { clock, lockTimeoutMs } = options;
    return cutoverBackend({
      old,
      new: successor,
      control,
      units: [unit],
      closes: [old, successor, control],
      ...(clock === undefined ? {} : { clock }),
      ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
    });
  };
}

/** True of a name of {@link pairs}. */
export const isPair = (name: string | null): name is PairName => name !== null && name in pairs;

/** True of a stage's name. */
export const isStage = (name: string | null): name is Stage => name !== null && name in stages;
