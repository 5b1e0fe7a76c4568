import { stat } from "node:fs/promises";
import { join } from "node:path";
import {
  type BackendInfo,
  type CollectionOperations,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  StorageError,
} from "@cutover/core";
import type { StoreAccess } from "../access/store-access.ts";
import { storeCollection } from "../records/store-collections.ts";
import { misshapen } from "../records/stored-object.ts";

const definition = storeCollection("usage_cache");

/** So many workflows are remembered of each model: the last ones to be seen first. */
export const workflowLimit = 10;

/** One model's use. */
export interface UsedModel {
  /** As it stands in the workflow; may hold folders, with `/` or `\`. */
  readonly name: string;
  /** Names of workflows; empty ones are left out. */
  readonly workflows: readonly string[];
}

/** What is known of a model's use. */
export interface Usage {
  /** Seconds since 1970; undefined where the record does not tell. */
  readonly lastUsed: number | undefined;
  /** The one that was seen first comes first. */
  readonly workflows: readonly string[];
}

/** A model with its use. */
export interface NamedUsage extends Usage {
  readonly name: string;
}

/** Where the store lies. */
export interface StoreLocation {
  /** The JSON file, or the database; undefined for a store in memory. */
  readonly location: string | undefined;
  /** Bytes of the JSON file, or of the whole database; 0 where there is none yet. */
  readonly sizeBytes: number;
}

const isText = (item: JsonValue): item is string => typeof item === "string";

/** Reads a record as the application means it: older ones are a bare number, the time of last use. */
export function usageOf(value: JsonValue): Usage {
  if (typeof value === "number") return { lastUsed: value, workflows: [] };
  if (!isJsonObject(value)) return { lastUsed: undefined, workflows: [] };
  const { last_used: lastUsed, workflows } = value;
  return {
    lastUsed: typeof lastUsed === "number" ? lastUsed : undefined,
    workflows: Array.isArray(workflows) ? workflows.filter(isText) : [],
  };
}

/** Which models were used when, and in which workflows. */
export class UsageRepository {
  readonly #access: StoreAccess;
  readonly #info: () => Promise<BackendInfo>;

  /** @param info - where the storage lies */
  constructor(access: StoreAccess, info: () => Promise<BackendInfo>) {
    this.#access = access;
    this.#info = info;
  }

  get #models(): CollectionOperations {
    return this.#access.collection(definition);
  }

  /** The use of one model, its name taken exactly. */
  async get(name: string): Promise<Usage | undefined> {
    const value = await this.#models.get(name);
    return value === undefined ? undefined : usageOf(value);
  }

  /** All records as they are stored, bare numbers included, in their order. */
  async getAll(): Promise<Map<string, JsonValue>> {
    const entries = await this.#models.find();
    return new Map(entries.map(({ key, value }) => [key, value]));
  }

  count(): Promise<number> {
    return this.#models.count();
  }

  /**
   * Notes that models were used, all of them or none: the time of last use, and workflows that are
   * not in the list yet at its end, of which the last ten stay. Bare numbers become records;
   * members of records that it does not know stay.
   *
   * @param lastUsed - seconds since 1970, the same for all
   * @throws StorageError CORRUPT_DATA naming a record that is neither an object nor a number
   */
  async trackMany(models: readonly UsedModel[], lastUsed: number): Promise<void> {
    const seen = gathered(models);
    if (seen.size === 0) return;
    await this.#access.atomically(async (access) => {
      const collection = access.collection(definition);
      const stored = await collection.getMany([...seen.keys()]);
      const next = Array.from(seen, ([name, workflows]): readonly [string, JsonValue] => [
        name,
        tracked({ name, value: stored.get(name) }, workflows, lastUsed),
      ]);
      await collection.putMany(next);
    });
  }

  /** @returns how many records there were */
  clear(): Promise<number> {
    return this.#models.clear();
  }

  /** @returns whether there was such a record */
  delete(name: string): Promise<boolean> {
    return this.#models.delete(name);
  }

  /** Models by the number of workflows they were seen in, then by last use. */
  async popularModels(limit: number): Promise<NamedUsage[]> {
    const all: NamedUsage[] = [];
    for await (const { key, value } of this.#access.iterate(definition))
      all.push({ name: key, ...usageOf(value) });
    return all.toSorted(byPopularity).slice(0, limit);
  }

  /** Models whose last use lies before a time, those never used again longest first. */
  async unusedSince(lastUsed: number): Promise<NamedUsage[]> {
    const where = { last_used: { lt: lastUsed } };
    const entries = await this.#models.find({ where, orderBy: [{ field: "last_used" }] });
    return entries.map(({ key, value }) => ({ name: key, ...usageOf(value) }));
  }

  /** Where the store lies and how large it is. */
  async info(): Promise<StoreLocation> {
    const { kind, location, sizeBytes } = await this.#info();
    if (kind !== "json" || location === undefined) return { location, sizeBytes };
    const file = join(location, definition.file.path);
    return { location: file, sizeBytes: await fileSize(file) };
  }
}

function gathered(models: readonly UsedModel[]): Map<string, readonly string[]> {
  const seen = new Map<string, readonly string[]>();
  for (const { name, workflows } of models)
    seen.set(name, [...(seen.get(name) ?? []), ...workflows]);
  return seen;
}

interface StoredUsage {
  readonly name: string;
  readonly value: JsonValue | undefined;
}

function knownWorkflows({ name }: StoredUsage, record: JsonObject): JsonValue[] {
  const { workflows } = record;
  if (workflows === undefined || workflows === null) return [];
  if (Array.isArray(workflows)) return [...workflows];
  throw misshapen({ store: "usage_cache", key: name }, "`workflows` is no array");
}

function recordOf({ name, value }: StoredUsage): JsonObject {
  if (isJsonObject(value)) return value;
  if (value === undefined || value === null || typeof value === "number") return {};
  throw misshapen({ store: "usage_cache", key: name }, "is neither an object nor a time");
}

function tracked(stored: StoredUsage, workflows: readonly string[], lastUsed: number): JsonObject {
  const record = recordOf(stored);
  const known = knownWorkflows(stored, record);
  for (const workflow of workflows)
    if (workflow !== "" && !known.includes(workflow)) known.push(workflow);
  return { ...record, last_used: lastUsed, workflows: known.slice(-workflowLimit) };
}

function byPopularity(one: NamedUsage, other: NamedUsage): number {
  return (
    other.workflows.length - one.workflows.length ||
    (other.lastUsed ?? -Infinity) - (one.lastUsed ?? -Infinity) ||
    0
  );
}

async function fileSize(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return 0;
    throw new StorageError("IO_FAILED", `cannot look at ${path}`, { cause });
  }
}
