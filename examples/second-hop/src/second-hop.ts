import { join } from "node:path";
import type { ControlStore, StorageBackend } from "@cutover/core";
import { jsonBackend } from "@cutover/json";
import { postgresBackend } from "@cutover/kysely/postgres";
import { postgresControl } from "@cutover/kysely/postgres-control";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import { Hop, type HopParts } from "./hop.ts";
import { Load } from "./load.ts";
import { models } from "./models.ts";

/** What {@link secondHop} works with. */
export interface SecondHopOptions {
  /** Where the JSON file and the SQLite database lie. */
  readonly folder: string;
  /** The Postgres server and a database on it. */
  readonly connectionString: string;
  /** As the adapters' own: a server that does not wait for its disk is refused. Default: `power-loss`. */
  readonly durability?: "power-loss" | "process-crash";
  readonly say: (line: string) => void;
}

/** What became of it. */
export interface SecondHopReport {
  /** Requests of the application, all of which were answered. */
  readonly served: number;
  /** Records that were acknowledged, and those of them that are not in the store in charge. */
  readonly acknowledged: number;
  readonly missing: number;
}

type Place = Pick<SecondHopOptions, "folder" | "connectionString" | "durability">;

const json = ({ folder }: Place): Promise<StorageBackend> => jsonBackend({ folder });
const sqlite = ({ folder }: Place): StorageBackend =>
  sqliteBackend({ path: join(folder, "models.db") });
const postgres = ({ connectionString, durability = "power-loss" }: Place): StorageBackend =>
  postgresBackend({ connectionString, durability, schema: "second_hop" });

/** Machines that share nothing but the server find out there which store is in charge. */
function control(place: Place, schema: string): ControlStore {
  const { connectionString, durability = "power-loss" } = place;
  return postgresControl({ connectionString, durability, schema });
}

async function firstHop(place: Place): Promise<HopParts> {
  return {
    unit: { name: "models/to-sqlite", collections: [models] },
    old: await json(place),
    new: sqlite(place),
    control: control(place, "second_hop_to_sqlite"),
  };
}

function nextHop(place: Place): HopParts {
  return {
    unit: { name: "models/to-postgres", collections: [models] },
    old: sqlite(place),
    new: postgres(place),
    control: control(place, "second_hop_to_postgres"),
  };
}

async function missingIn(storage: StorageBackend, { acknowledged }: Load): Promise<number> {
  const found = await storage.collection(models).getMany([...acknowledged.keys()]);
  const isMissing = ([key, { size }]: readonly [string, { size: number }]): boolean =>
    found.get(key)?.size !== size;
  return [...acknowledged].filter(isMissing).length;
}

/**
 * Moves a collection from JSON to SQLite, all the way, and from SQLite to Postgres, then one step
 * back, while an application reads and writes. Between the hops the application is opened anew:
 * every process of it has to know the second hop before the second hop starts.
 */
export async function secondHop(options: SecondHopOptions): Promise<SecondHopReport> {
  const { say } = options;
  const load = new Load();
  const first = await Hop.begin(await firstHop(options), load, say);
  try {
    await first.walkToLive();
    await first.complete();
  } finally {
    await first.end();
  }
  const second = await Hop.begin(nextHop(options), load, say);
  try {
    await second.walkToLive();
    await second.stepBack();
  } finally {
    await second.end();
  }
  return reportOf(options, load);
}

async function reportOf(place: Place, load: Load): Promise<SecondHopReport> {
  const storage = sqlite(place);
  try {
    const missing = await missingIn(storage, load);
    return { served: load.served, acknowledged: load.acknowledged.size, missing };
  } finally {
    await storage.close();
  }
}
